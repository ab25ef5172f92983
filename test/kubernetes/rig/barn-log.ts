import { list, record, records, text } from '../../../src/farm/loose.js';
import { until } from '../../local/until.js';
import type { FarmOnRig } from './farm-on-rig.js';
import type { PodPlace, Stage } from './stage.js';

/** A line that a Barn wrote. */
export interface BarnLine {
  readonly barn: PodPlace;
  /** ms since the epoch */
  readonly at: number;
  /** `decided`, `ended`, `pass`, `leads: term 7, holds 3 of 3 Leases` … */
  readonly msg: string;
  readonly reason: string;
  readonly subject: string;
  readonly status: string;
  readonly actions: readonly string[];
  readonly epoch: number;
  /** `claim-pod Done`, … */
  readonly receipts: readonly string[];
}

function lineOf(barn: PodPlace, json: string): readonly BarnLine[] {
  try {
    const { time, msg, reason, subject, status, actions, epoch, receipts } = record(JSON.parse(json));
    const at = Date.parse(text(time) ?? '');
    if (!Number.isFinite(at)) return [];
    return [
      {
        ...{ barn, at, msg: text(msg) ?? '', reason: text(reason) ?? '', subject: text(subject) ?? '' },
        ...{ status: text(status) ?? '', epoch: Number(epoch ?? 0), actions: list(actions).map(String) },
        receipts: records(receipts).map((one) => `${text(one.action)} ${text(one.status)}`),
      },
    ];
  } catch {
    // What is not a record is none of ours, and the last line may not be written to its end.
    return [];
  }
}

/** What this Barn has written since then. @param since ms since the epoch */
export const barnLines = ({ machines }: FarmOnRig, barn: PodPlace, since: number): readonly BarnLine[] =>
  machines
    .logs(barn.datacenter, barn.name)
    .split('\n')
    .flatMap((json) => lineOf(barn, json))
    .filter(({ at }) => at >= since);

export const isLeading = ({ msg }: BarnLine): boolean => msg.startsWith('leads:');
export const isFollowing = ({ msg }: BarnLine): boolean => msg.startsWith('follows:');

/** Of a line that says it leads. */
export const termOf = ({ msg }: BarnLine): number => Number(/term (\d+)/.exec(msg)?.[1] ?? Number.NaN);

/** A Barn that is started anew for the second time waits 10 s, for the third time 20 s, ...; ms */
const RESTARTED_WITHIN_MS = 120_000;

/**
 * Every Barn is killed and has started anew, and one of them leads, when it resolves: until then the Leases show who led before, who holds them
 * still and does nothing.
 */
export async function restartBarns(at: Stage): Promise<void> {
  const since = Date.now();
  for (const barn of at.barns()) at.killBarn(barn);
  at.strikes.barnsStartAnew();
  const lines = (barn: PodPlace): readonly BarnLine[] => barnLines(at.running, barn, since);
  const leads = (barn: PodPlace): boolean => {
    const last = lines(barn).findLast((line) => isLeading(line) || isFollowing(line));
    return last !== undefined && isLeading(last);
  };
  const started = (barn: PodPlace): boolean => lines(barn).some(({ msg }) => msg === 'started');
  await until(
    'every Barn has started anew, and one leads',
    () => at.barns().every(started) && at.barns().some(leads),
    RESTARTED_WITHIN_MS,
  );
}

/** Who follows passes over the farm every 5 s. */
const PASSED_WITHIN_MS = 7_000;

/** Nobody is in a back-off from before: each Barn has passed over the farm of late. */
export const everyBarnRuns = (at: Stage): Promise<void> =>
  until(
    'every Barn passes over the farm',
    () =>
      at
        .barns()
        .every((barn) =>
          barnLines(at.running, barn, Date.now() - PASSED_WITHIN_MS).some(
            ({ msg }) => msg === 'pass' || msg === 'started',
          ),
        ),
    60_000,
  );
