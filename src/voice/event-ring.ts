import type { VoiceEvent, VoiceRecord } from './voice-event.js';

export interface EventFilter {
  /** only events with a higher `seq` */
  readonly since?: number;
  /** a subject, or a cache cluster with all its partitions */
  readonly subject?: string;
}

const isAbout = (event: VoiceEvent, subject: string): boolean =>
  event.subject === subject ||
  event.cluster === subject ||
  (event.subjects?.some((one) => one === subject || one.startsWith(`${subject}::`)) ?? false);

/** The last events, oldest first. They are records of their own: a World that an event came with is not kept alive by it. */
export class EventRing {
  readonly #events: VoiceEvent[] = [];
  #seq = 0;

  constructor(readonly limit = 1_000) {}

  push(record: VoiceRecord, at: number): void {
    this.#events.push({ ...record, seq: ++this.#seq, at });
    if (this.#events.length > this.limit) this.#events.shift();
  }

  read({ since = 0, subject }: EventFilter = {}): readonly VoiceEvent[] {
    return this.#events.filter((event) => event.seq > since && (subject === undefined || isAbout(event, subject)));
  }
}
