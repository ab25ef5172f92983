/** What must never be, each by the sentence of docs/guarantees.md that it breaks. */
export const INVARIANTS = {
  'one-cluster': 'Several partitions of one cache cluster may share a pod for a while; of two cache clusters never.',
  'own-writes':
    'No pod serves by mistake: a write is taken only by a pod of its cache cluster that a sentinel gave for its partition.',
  'clean-pod':
    'A released pod cuts its application and holds no data: its next owner finds nothing of another cache cluster.',
  'no-lost-data':
    'FLUSHALL only on a pod that is not the one a majority of sentinels gives for its declared partition.',
  'no-conversion': 'A sentinel that takes a pod for a replica which it is not can neither convert nor promote it.',
  'one-address-an-epoch':
    'A move is fenced by its epoch: what Barns tell of a partition at one epoch is one address, whichever of them it was.',
  'one-leader': 'Of several Barns one acts; it stops before another may begin, and each leader has a term of its own.',
  'unknown-is-not-dead': 'What only looks like a death moves nothing.',
  'majority-acts': 'On doubt nothing is done: a group without a majority of its sentinels is left alone.',
  'one-at-a-time': 'What is under way, of a partition or a pod, is not decided about again until it has ended.',
  'tilted-is-left-alone': 'A tilted sentinel gets no writes.',
  'keeps-claims': "The pod's own fence never overwrites a claim that the operator made.",
  'shuts-itself':
    'A pod that opened just before its partition went elsewhere, as in the middle of a failover, shuts itself.',
  'warm-moves': 'A planned move takes the data along, under writes.',
  'min-replicas':
    'Where minReplicas is declared a master without so many replicas in step refuses writes, whichever pod it is.',
  'budget-kept': 'Replacements stay within their budget, and no more partitions move at once than may.',
  'opened-by-majority': 'A pod opens itself only for the partition that a majority of sentinels gives its address.',
  'barn-goes-on': 'A probe error is a fact about one instance and never ends a pass.',
  'serves-again': 'When faults stop, every partition serves within a bound, named by every sentinel and armed.',
  'stays-quiet': 'A farm that is as declared is left alone.',
  'spread-again': 'A spread that failures have made worse is repaired up to its bound.',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Told of what should not be. @param detail who, where, which values */
export type Broken = (invariant: Invariant, detail: string) => void;

export interface Violation {
  readonly invariant: Invariant;
  /** ms, virtual */
  readonly at: number;
  readonly detail: string;
}
