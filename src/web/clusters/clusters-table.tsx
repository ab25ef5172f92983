import type { ReactNode } from 'react';
import type { ClusterView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { bytes, count, percent, short } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { HealthBadge } from './health-badge.js';
import { COLUMNS, type Column, type ListQuery } from './list-query.js';
import { SpreadFigure } from './spread-figure.js';

export interface ClustersTableProps {
  readonly clusters: readonly ClusterView[];
  readonly query: ListQuery;
  readonly ask: (changes: Partial<ListQuery>) => void;
}

const NUMBERS: ReadonlySet<Column> = new Set([
  'clusterSize',
  'partitionSize',
  'keys',
  'opsPerSecond',
  'hitRatio',
  'serving',
  'standbys',
]);
/** Left out on narrow screens: they are on the page of the cache cluster. */
const MINOR: ReadonlySet<Column> = new Set(['partitionSize', 'keys', 'spread', 'standbys']);

const classOf = (column: Column): string | undefined =>
  [NUMBERS.has(column) ? 'align-end' : '', MINOR.has(column) ? 'minor' : ''].join(' ').trim() || undefined;

export function ClustersTable({ clusters, query, ask }: ClustersTableProps): ReactNode {
  const t = useT();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset holds inputs
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it
    <div className="table-scroll" tabIndex={0} role="group" aria-label={t('clusters.caption')}>
      <table className="table clusters-table">
        <caption className="unseen">{t('clusters.caption')}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <Head key={column} column={column} query={query} ask={ask} />
            ))}
          </tr>
        </thead>
        <tbody>
          {clusters.map((cluster) => (
            <Row key={cluster.clusterName} cluster={cluster} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps extends Pick<ClustersTableProps, 'query' | 'ask'> {
  readonly column: Column;
}

function Head({ column, query, ask }: HeadProps): ReactNode {
  const t = useT();
  const mine = query.sort === column;
  const order = !mine ? 'none' : query.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" className={classOf(column)} aria-sort={order}>
      <button
        type="button"
        className="table-sort"
        onClick={() => ask({ sort: column, descending: mine && !query.descending })}
      >
        {t(`clusters.column.${column}`)}
        <span aria-hidden="true" className="table-arrow">
          {!mine ? '↕' : query.descending ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

function Row({ cluster }: { readonly cluster: ClusterView }): ReactNode {
  const t = useT();
  const { clusterName, usedMemoryBytes: used, maxMemoryBytes: max } = cluster;
  const cells: Readonly<Record<Exclude<Column, 'clusterName'>, ReactNode>> = {
    clusterSize: count(cluster.clusterSize),
    partitionSize: count(cluster.partitionSize),
    tier: cluster.tier,
    memory: (
      <Meter
        value={used}
        max={max}
        label={t('clusters.column.memory')}
        text={t('clusters.memoryOf', { used: bytes(used), max: bytes(max) })}
      />
    ),
    keys: short(cluster.keys),
    opsPerSecond: short(cluster.opsPerSecond),
    hitRatio: percent(cluster.hitRatio),
    spread: <SpreadFigure spread={cluster.spread} />,
    serving: `${count(cluster.serving)}/${count(cluster.clusterSize)}`,
    standbys: cluster.partitionSize > 1 ? '–' : `${count(cluster.standbysReady)}/${count(cluster.standbysWanted)}`,
    condition: <HealthBadge cluster={cluster} />,
  };
  return (
    <tr data-row={clusterName}>
      <th scope="row">
        <Link to={pathTo.cluster(clusterName)}>{clusterName}</Link>
      </th>
      {COLUMNS.filter((column) => column !== 'clusterName').map((column) => (
        <td key={column} className={classOf(column)}>
          {cells[column]}
        </td>
      ))}
    </tr>
  );
}
