import type { Farm } from '../farm/model.js';
import type { Decision, Plan } from '../plan/action.js';
import type { Budget } from '../plan/planning.js';
import type { Receipt } from '../plan/receipt.js';
import type { Facts } from '../world/facts.js';
import type { World } from '../world/model.js';

/** What Barn tells whoever listens; nobody who listens can hold it up. */
export type BarnEvent =
  | {
      readonly kind: 'pass';
      readonly world: World;
      readonly farm: Farm;
      readonly facts: Facts;
      /** what was left when it was planned */
      readonly budget: Budget;
      readonly plan: Plan;
      readonly ms: number;
    }
  | { readonly kind: 'decided'; readonly decision: Decision }
  | {
      readonly kind: 'ended';
      readonly decision: Decision;
      readonly receipts: readonly Receipt[];
      readonly ms: number;
      readonly downMs?: number;
    }
  /** a pod that restarted at the address of its partition was opened again, cold, by its own fence: what that did, in the words of a decision */
  | { readonly kind: 'cold'; readonly decision: Decision }
  | { readonly kind: 'failed'; readonly error: unknown };
