import { record } from '../../../src/farm/loose.js';
import { eachWorkload, type Rule } from '../rule.js';
import { isPool } from '../workload.js';

export const onDelete: Rule = {
  name: 'on-delete',
  severity: 'error',
  recommendation:
    'A rolling update empties one cache after the other at the pace of Kubernetes and not of the database behind them; under OnDelete a change waits until a pod is deleted on purpose.',
  fix: 'Set spec.updateStrategy.type: OnDelete on every StatefulSet of Redis pods.',
  check: eachWorkload((workload) => {
    const type = record(workload.spec.updateStrategy).type ?? 'RollingUpdate';
    return isPool(workload) && type !== 'OnDelete' ? [`spec.updateStrategy.type: ${String(type)}`] : [];
  }),
};
