/** A pod in words, for screen readers. */
import type { MapPod } from '../../api/schemas.js';
import type { T } from '../i18n.js';
import { bytes, count, percent, short } from '../ui/format.js';

/** `User.id::0, User.id::4`; at most three, then how many more */
export function partitionsText(partitions: readonly string[], t: T): string {
  if (partitions.length === 0) return '';
  const shown = partitions.slice(0, 3).join(', ');
  return partitions.length > 3 ? `${shown} ${t('map.more', { n: partitions.length - 3 })}` : shown;
}

/** What its cell says of itself: what does not change with every pass. */
export const podLabel = (pod: MapPod, t: T): string =>
  [
    `${pod.tier} ${pod.port}`,
    t(`shell.state.${pod.state}`),
    pod.draining && pod.state !== 'draining' ? t('shell.state.draining') : '',
    // a standby that covers nothing yet is its cache cluster's all the same
    partitionsText(pod.partitions, t) || (pod.clusterName ?? ''),
  ]
    .filter((part) => part !== '')
    .join(', ');

/** The rest, for the one that is looked at. */
export const podFigures = (pod: MapPod, t: T): string =>
  [
    pod.keys === null ? '' : t('map.text.keys', { n: count(pod.keys) }),
    pod.usedMemoryBytes === null
      ? ''
      : t('map.text.memory', { used: bytes(pod.usedMemoryBytes), max: bytes(pod.maxMemoryBytes) }),
    pod.opsPerSecond === null ? '' : t('map.text.ops', { n: short(pod.opsPerSecond) }),
    pod.hitRatio === null ? '' : t('map.text.hits', { share: percent(pod.hitRatio) }),
    pod.clients === null ? '' : t('map.text.clients', { n: pod.clients }),
    pod.address,
  ]
    .filter((part) => part !== '')
    .join(', ');
