import { eachWorkload, type Rule } from '../rule.js';
import { containerPath } from '../workload.js';

export const missingLimits: Rule = {
  name: 'missing-limits',
  severity: 'error',
  recommendation: 'A container without a memory limit can take the memory of every cache on its machine.',
  fix: 'Set resources.limits.memory on every container, sidecars and init containers too.',
  check: eachWorkload((workload) =>
    workload.containers
      .filter((container) => container.limits.memory === undefined)
      .map((container) => `${containerPath(workload, container)}.resources.limits.memory: missing`),
  ),
};
