import type { Action, Decision, Note, PodRef } from '../../plan/action.js';
import { REASONS } from '../../plan/reasons.js';
import type { DecisionView } from '../schemas.js';

/** Every action that has a pod; of a hand-over the one that takes over, then the one that is left. */
const podsOf = (action: Action): readonly PodRef[] => [
  ...('pod' in action ? [action.pod] : []),
  ...(action.kind === 'hand-over' ? [action.from] : []),
];

function podsOfAll(actions: readonly Action[]): DecisionView['pods'] {
  const pods = new Map<string, DecisionView['pods'][number]>();
  for (const { name, datacenter, machine, address } of actions.flatMap(podsOf))
    if (!pods.has(address)) pods.set(address, { name, datacenter, machine, address });
  return [...pods.values()];
}

export const decisionViews = (decisions: readonly Decision[]): DecisionView[] =>
  decisions.map(({ reason, subject, detail, actions }) => ({
    reason,
    why: REASONS[reason],
    subject,
    detail,
    actions: actions.map(({ kind }) => kind),
    pods: podsOfAll(actions),
  }));

/** Why something is left as it is. */
export const noteView = ({ reason, subject, detail }: Note) => ({ reason, why: REASONS[reason], subject, detail });
