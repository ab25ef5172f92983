import type { PodPlace, Stage } from './stage.js';

/** What a failure has shown beside what is counted in every row. */
export interface Found {
  /** from the end of one leading Barn to the first pass of another one as leader */
  readonly takeoverMs?: number;
  /** from the end of the fault until every list is watched again by every Barn */
  readonly inSyncMs?: number;
  /** for a person, one line */
  readonly note?: string;
  /** what must not be */
  readonly faults?: readonly string[];
}

export type Repair = () => Promise<Found>;

export interface Failure {
  /** before the farm is looked at and anything is counted */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly fail: (stage: Stage) => Promise<Repair>;
  /** takes away what `prepare` made; after the last time that it happened, whatever came of that */
  readonly clear?: (stage: Stage) => Promise<void>;
  /** what it strikes has to stay out for so long, or nothing is shown; @default 0 */
  readonly outMs?: number;
  /** how long after the start of an outage a status may still say Ready; @default LATE_MS */
  readonly lateMs?: number;
  /** how often, when nobody says otherwise */
  readonly rounds: number;
  /** pods that Barn has to replace, at most, as far as their number is given; @default 2 */
  readonly strikes?: number;
  /** from the failure on, before anything is repaired; @default WATCHED_MS */
  readonly watchedMs?: number;
}

export type Failures = Readonly<Record<string, Failure>>;

/** While a Barn leads: a pass comes every second and waits 350 ms for a pod that hangs; half as long again for a busy machine. */
export const LATE_MS = 2_000;
/** Long enough for what comes late: a machine is given up 6 s after its last heartbeat. */
export const WATCHED_MS = 8_000;
/** Long enough where Barn and Sentinel, both alive, have to do something: Sentinel alone takes 2.3 s. */
export const BRIEF_MS = 3_000;

export const nothing: Repair = async () => ({});

export const repairedBy =
  (work: () => Promise<void> | void): Repair =>
  async () => {
    await work();
    return {};
  };

/** A Redis process of this datacenter that serves; of any when there is none. */
export async function chooseServing(at: Stage, datacenter?: string): Promise<PodPlace> {
  const chosen = await at
    .servingPod((pod) => datacenter === undefined || pod.datacenter === datacenter)
    .catch(() => at.servingPod());
  await at.strike((pod) => pod.name === chosen.name && pod.datacenter === chosen.datacenter);
  return chosen;
}

export async function killServing(at: Stage, datacenter?: string): Promise<void> {
  at.killRedis(await chooseServing(at, datacenter));
}
