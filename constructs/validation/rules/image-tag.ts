import { eachWorkload, type Rule } from '../rule.js';
import { containerPath } from '../workload.js';

/** undefined when the image names a version or a digest */
export function floating(image: string): string | undefined {
  if (image === '') return 'missing';
  if (image.includes('@')) return undefined;
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1];
  if (tag === undefined) return `${image} has no tag, which means latest`;
  return tag === 'latest' ? image : undefined;
}

export const imageTag: Rule = {
  name: 'latest-image',
  severity: 'error',
  recommendation:
    'With a floating tag the version that a healed pod starts with is decided by the day on which its machine failed.',
  fix: 'Name a version, or a digest.',
  check: eachWorkload((workload) =>
    workload.containers.flatMap((container) => {
      const problem = floating(container.image);
      return problem === undefined ? [] : [`${containerPath(workload, container)}.image: ${problem}`];
    }),
  ),
};
