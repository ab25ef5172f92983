import type { ReactNode } from 'react';
import type { ClusterDetail } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { bytes, count, percent, short } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { HealthBadge } from './health-badge.js';
import { SpreadFigure } from './spread-figure.js';

interface Figure {
  readonly label: string;
  readonly value: ReactNode;
}

export function FigureList({ figures }: { readonly figures: readonly Figure[] }): ReactNode {
  return (
    <dl className="figures">
      {figures.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function ClusterFigures({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  const { usedMemoryBytes: used, maxMemoryBytes: max } = cluster;
  const isPlain = cluster.partitionSize === 1;
  const standbys = {
    label: t('clusters.column.standbys'),
    value: `${cluster.standbysReady}/${cluster.standbysWanted}`,
  };
  return (
    <section className="panel" aria-labelledby="figures-title">
      <h2 id="figures-title">{t('clusters.detail.figures')}</h2>
      <FigureList
        figures={[
          { label: t('clusters.column.condition'), value: <HealthBadge cluster={cluster} /> },
          { label: t('clusters.column.serving'), value: `${cluster.serving}/${cluster.clusterSize}` },
          ...(isPlain ? [standbys] : []),
          {
            label: t('clusters.column.memory'),
            value: (
              <Meter
                value={used}
                max={max}
                label={t('clusters.column.memory')}
                text={t('clusters.memoryOf', { used: bytes(used), max: bytes(max) })}
              />
            ),
          },
          { label: t('clusters.column.keys'), value: count(cluster.keys) },
          { label: t('clusters.column.opsPerSecond'), value: short(cluster.opsPerSecond) },
          { label: t('clusters.column.hitRatio'), value: percent(cluster.hitRatio) },
          { label: t('clusters.column.spread'), value: <SpreadFigure spread={cluster.spread} /> },
        ]}
      />
    </section>
  );
}

export function ClusterSettings({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  const name = encodeURIComponent(cluster.clusterName);
  return (
    <section className="panel" aria-labelledby="settings-title">
      <h2 id="settings-title">{t('clusters.detail.settings')}</h2>
      <FigureList
        figures={[
          { label: t('clusters.field.clusterSize'), value: count(cluster.clusterSize) },
          { label: t('clusters.field.partitionSize'), value: count(cluster.partitionSize) },
          { label: t('clusters.field.tier'), value: cluster.tier },
          { label: t('clusters.field.standbys'), value: count(cluster.standbys) },
          { label: t('clusters.field.minReplicas'), value: count(cluster.minReplicas) },
          { label: t('clusters.field.hash'), value: cluster.hash },
          { label: t('clusters.field.importance'), value: count(cluster.importance) },
          { label: t('clusters.field.backingGroup'), value: cluster.backingGroup ?? '–' },
          { label: t('clusters.field.sentinelGroup'), value: cluster.sentinelGroup },
          { label: t('clusters.detail.datacenters'), value: cluster.datacenters.join(', ') },
        ]}
      />
      <p className="row">
        <Link to={`/map?colour=cluster&only=${name}`}>{t('clusters.detail.onMap')}</Link>
        <Link to={`/timeline?about=${name}`}>{t('clusters.detail.inTimeline')}</Link>
      </p>
    </section>
  );
}
