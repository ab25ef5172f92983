import { type ReactNode, useMemo } from 'react';
import type { ClusterDetail } from '../../api/schemas.js';
import { type T, useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { bytes, percent, short } from '../ui/format.js';
import { PartitionState } from './partition-state.js';

type Row = ClusterDetail['partitions'][number];

const columnsOf = (t: T): readonly Column<Row>[] => [
  {
    key: 'partition',
    head: t('clusters.detail.partition'),
    rowHead: true,
    cell: ({ name }) => <Link to={pathTo.partition(name)}>{name}</Link>,
    sort: ({ index }) => index,
  },
  {
    key: 'state',
    head: t('clusters.detail.state'),
    cell: ({ state }) => <PartitionState state={state} />,
    sort: ({ state }) => state,
  },
  {
    key: 'address',
    head: t('clusters.detail.address'),
    cell: ({ address }) =>
      address === null ? (
        <span className="muted">{t('clusters.detail.nobody')}</span>
      ) : (
        <span className="mono">{address}</span>
      ),
    sort: ({ address }) => address,
  },
  {
    key: 'machine',
    head: t('clusters.detail.machine'),
    cell: ({ machine }) => machine ?? '–',
    sort: (row) => row.machine,
  },
  {
    key: 'datacenter',
    head: t('clusters.detail.datacenter'),
    cell: ({ datacenter }) => datacenter ?? '–',
    sort: (row) => row.datacenter,
  },
  {
    key: 'behind',
    head: t('clusters.detail.behind'),
    minor: true,
    cell: ({ behind }) =>
      behind.length === 0 ? (
        <span className="muted">{t('clusters.detail.nobody')}</span>
      ) : (
        <span className="mono behind">{behind.join(' ')}</span>
      ),
  },
  {
    key: 'keys',
    head: t('clusters.column.keys'),
    align: 'end',
    cell: (row) => short(row.keys),
    sort: (row) => row.keys,
  },
  {
    key: 'memory',
    head: t('clusters.column.memory'),
    align: 'end',
    cell: (row) => bytes(row.usedMemoryBytes),
    sort: (row) => row.usedMemoryBytes,
  },
  {
    key: 'ops',
    head: t('clusters.column.opsPerSecond'),
    align: 'end',
    cell: (row) => short(row.opsPerSecond),
    sort: (row) => row.opsPerSecond,
  },
  {
    key: 'hitRatio',
    head: t('clusters.column.hitRatio'),
    align: 'end',
    cell: (row) => percent(row.hitRatio),
    sort: (row) => row.hitRatio,
  },
];

/** Where each partition is, what stands behind it and what it bears. */
export function PartitionsTable({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  const columns = useMemo(() => columnsOf(t), [t]);
  return (
    <section className="panel" aria-labelledby="partitions-title">
      <h2 id="partitions-title">{t('clusters.detail.partitions')}</h2>
      <DataTable
        columns={columns}
        rows={cluster.partitions}
        rowKey={({ name }) => name}
        caption={t('clusters.detail.partitionsCaption', { name: cluster.clusterName })}
        sort={{ column: 'partition', down: false }}
        {...(cluster.partitions.length > 12
          ? { filter: (row: Row) => `${row.name} ${row.address} ${row.machine} ${row.datacenter} ${row.state}` }
          : {})}
      />
    </section>
  );
}
