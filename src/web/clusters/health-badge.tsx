import type { ReactNode } from 'react';
import type { ClusterView } from '../../api/schemas.js';
import { useT, useWordOf } from '../i18n.js';
import { StateBadge } from '../ui/state-badge.js';
import { type ClusterHealth, healthOf } from './cluster-health.js';

const TONE = { well: 'good', warning: 'warn', error: 'bad' } as const;

/** How many are down or missing, where that is what is wrong. */
const lacking = (cluster: ClusterView, { key }: ClusterHealth): number =>
  key === 'standbysMissing' ? cluster.standbysWanted - cluster.standbysReady : cluster.clusterSize - cluster.serving;

/** The condition in words, with its reason. */
export function HealthBadge({ cluster }: { readonly cluster: ClusterView }): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const health = healthOf(cluster);
  const why = health.reason === undefined ? undefined : (wordOf(`reasons.${health.reason}`) ?? health.message);
  return (
    <span className="health" title={why}>
      <StateBadge state={health.key} tone={TONE[health.level]}>
        {t(`clusters.health.${health.key}`, { n: lacking(cluster, health) })}
      </StateBadge>
      {health.reason === undefined ? null : <small className="muted">{health.reason}</small>}
    </span>
  );
}
