import type { ReactNode } from 'react';
import type { ClusterDetail } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useMap } from '../live.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { type DomainCount, spreadCounts } from './spread-counts.js';

/** How its partitions lie over datacenters and machines: what goes down with one of them. */
export function SpreadPicture({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  const { datacenters, machines, nowhere } = spreadCounts(cluster, useMap()?.pods ?? []);
  const { spread } = cluster;
  const isReplicated = cluster.partitionSize > 1;
  return (
    <section className="panel" aria-labelledby="spread-title">
      <h2 id="spread-title">{t('clusters.detail.spread')}</h2>
      <div className="spread-columns">
        <Bars
          title={t(isReplicated ? 'clusters.detail.copiesByDatacenter' : 'clusters.detail.byDatacenter')}
          domains={datacenters}
          bound={spread?.datacenter.bound}
          pathOf={pathTo.datacenter}
        />
        <Bars
          title={t(isReplicated ? 'clusters.detail.copiesByMachine' : 'clusters.detail.byMachine')}
          domains={machines}
          bound={spread?.machine.bound}
          pathOf={pathTo.machine}
        />
      </div>
      {nowhere > 0 ? <p className="field-warning">▲ {t('clusters.detail.nowhere', { n: nowhere })}</p> : null}
    </section>
  );
}

interface BarsProps {
  readonly title: string;
  readonly domains: readonly DomainCount[];
  readonly bound: number | undefined;
  readonly pathOf: (name: string) => string;
}

function Bars({ title, domains, bound, pathOf }: BarsProps): ReactNode {
  const t = useT();
  const longest = Math.max(1, bound ?? 0, ...domains.map(({ pods }) => pods));
  return (
    <div>
      <h3>{title}</h3>
      <ul className="bars">
        {domains.map(({ name, pods }) => {
          const isOver = bound !== undefined && pods > bound;
          return (
            <li key={name} data-over={isOver || undefined}>
              <Link to={pathOf(name)}>{name}</Link>
              <span className="bar" aria-hidden="true">
                <span className="bar-fill" style={{ inlineSize: `${(pods / longest) * 100}%` }} />
                {bound === undefined ? null : (
                  <span className="bar-bound" style={{ insetInlineStart: `${(bound / longest) * 100}%` }} />
                )}
              </span>
              <span className="bar-count">
                {pods}
                {isOver ? ' ▲' : ''}
              </span>
            </li>
          );
        })}
      </ul>
      {bound === undefined ? null : <p className="muted">{t('clusters.detail.bound', { bound })}</p>}
    </div>
  );
}
