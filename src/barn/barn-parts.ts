import type { FarmFrame } from '../farm/model.js';
import type { Decision } from '../plan/action.js';
import type { Receipt } from '../plan/receipt.js';
import type { World } from '../world/model.js';
import type { BarnEvent } from './barn-event.js';
import type { ReplacementWindow } from './replacement-window.js';

export interface BarnParts {
  readonly frame: FarmFrame;
  /** the whole farm */
  observe(): Promise<World>;
  /** the farm as it was, with these partitions looked at anew */
  look(world: World, partitions: readonly string[]): Promise<World>;
  /** carries out one decision; never throws */
  act(decision: Decision): Promise<readonly Receipt[]>;
  /** ms on a steady clock */
  now(): number;
  /** ms since the epoch */
  wallClock(): number;
  wait(ms: number): Promise<void>;
  /** 0..1023; asked anew for each plan: another one with each term of a leader */
  readonly controller: number;
  /** who does not lead observes and plans, and does nothing; @default it leads */
  leads?(): boolean;
  /** when another one that leads was last heard of, on the clock of `now`; @default always just now */
  leaderHeardAt?(): number;
  readonly window?: ReplacementWindow;
  /** ms between two passes; @default 1000 */
  readonly intervalMs?: number;
  /** the same while it does not lead: eyes are kept warm, and the farm is not asked all too often; @default 5000 */
  readonly followEveryMs?: number;
  /** ms between two searches for a better spread, on a farm with nothing else to do; @default 10000 */
  readonly spreadEveryMs?: number;
  told?(event: BarnEvent): void;
}
