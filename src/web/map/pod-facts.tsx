import type { ReactNode } from 'react';
import type { MapPod } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { bytes, count, NONE, percent, short } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { StateBadge } from '../ui/state-badge.js';

export interface PodFactsProps {
  readonly pod: MapPod;
  /** false: nothing to press in it (it follows the pointer) */
  readonly links: boolean;
}

const MOST_PARTITIONS = 12;

/** All of one pod. */
export function PodFacts({ pod, links }: PodFactsProps): ReactNode {
  const t = useT();
  const partitionWord =
    pod.state === 'standby'
      ? 'map.pod.covers'
      : pod.partitions.length === 1
        ? 'map.pod.partition'
        : 'map.pod.partitions';
  const shown = pod.partitions.slice(0, links ? MOST_PARTITIONS : 3);
  return (
    <dl className="facts">
      <dt>{t('map.pod.state')}</dt>
      <dd>
        <StateBadge state={pod.state} />
        {pod.draining && pod.state !== 'draining' ? (
          <>
            {' · '}
            <StateBadge state="draining" />
          </>
        ) : null}
      </dd>
      {pod.partitions.length === 0 ? null : (
        <>
          <dt>{t(partitionWord)}</dt>
          <dd>
            {shown.map((name, index) => (
              <span key={name}>
                {index === 0 ? '' : ', '}
                {links ? <Link to={pathTo.partition(name)}>{name}</Link> : name}
              </span>
            ))}
            {pod.partitions.length > shown.length
              ? ` ${t('map.more', { n: pod.partitions.length - shown.length })}`
              : ''}
          </dd>
        </>
      )}
      {pod.clusterName === null ? null : (
        <>
          <dt>{t('map.pod.cluster')}</dt>
          <dd>{links ? <Link to={pathTo.cluster(pod.clusterName)}>{pod.clusterName}</Link> : pod.clusterName}</dd>
        </>
      )}
      <dt>{t('map.pod.memory')}</dt>
      <dd>
        <Meter
          label={t('map.pod.memory')}
          value={pod.usedMemoryBytes}
          max={pod.maxMemoryBytes}
          // a cache that is full is as it should be
          warnAt={2}
          badAt={2}
          text={t('map.text.memory', { used: bytes(pod.usedMemoryBytes), max: bytes(pod.maxMemoryBytes) })}
        />
      </dd>
      <dt>{t('map.pod.keys')}</dt>
      <dd>{count(pod.keys)}</dd>
      <dt>{t('map.pod.ops')}</dt>
      <dd>{pod.opsPerSecond === null ? NONE : t('map.pod.ops.value', { n: short(pod.opsPerSecond) })}</dd>
      <dt>{t('map.pod.hits')}</dt>
      <dd>{percent(pod.hitRatio)}</dd>
      <dt>{t('map.pod.clients')}</dt>
      <dd>{count(pod.clients)}</dd>
      <dt>{t('map.pod.tier')}</dt>
      <dd>
        {pod.tier}, {pod.port}
      </dd>
      <dt>{t('map.pod.address')}</dt>
      <dd className="mono">{pod.address}</dd>
      <dt>{t('map.pod.machine')}</dt>
      <dd>{links ? <Link to={pathTo.machine(pod.machine)}>{pod.machine}</Link> : pod.machine}</dd>
      <dt>{t('map.pod.datacenter')}</dt>
      <dd>{links ? <Link to={pathTo.datacenter(pod.datacenter)}>{pod.datacenter}</Link> : pod.datacenter}</dd>
    </dl>
  );
}
