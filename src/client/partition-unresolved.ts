import type { Answer, Verdict } from './verdict.js';

/** What one sentinel had to say. */
export interface SentinelVoice {
  readonly sentinel: string;
  readonly answer: Answer;
  /** why it is silent, where it is */
  readonly problem: string;
}

const SENTENCES: Readonly<Record<Verdict['kind'] | 'closed', string>> = {
  address: 'gave up waiting for its address',
  unknown: 'its sentinels do not know it: a wrong name, the wrong sentinel group, or not bound to a pod yet',
  silent: 'none of its sentinels answers',
  undecided: 'its sentinels disagree, and no address has a majority or the highest epoch',
  pending: 'its sentinels have not answered in time',
  closed: 'the resolver is closed',
};

function voiceText({ sentinel, answer, problem }: SentinelVoice): string {
  switch (answer.kind) {
    case 'address':
      return `${sentinel} says ${answer.address.host}:${answer.address.port} at epoch ${answer.epoch}`;
    case 'unknown':
      return `${sentinel} does not know it`;
    case 'pending':
      return `${sentinel} has not answered`;
    case 'silent':
      return `${sentinel} is silent: ${problem}`;
  }
}

/** No address can be had for a partition; the message names the partition and says what each sentinel answered. */
export class PartitionUnresolved extends Error {
  override readonly name = 'PartitionUnresolved';

  constructor(
    readonly partition: string,
    readonly why: Verdict['kind'] | 'closed',
    readonly voices: readonly SentinelVoice[],
  ) {
    super(`${partition}: ${SENTENCES[why]} (${voices.map(voiceText).join('; ')})`);
  }
}
