import { type ReactNode, useMemo } from 'react';
import type { FarmMap, MapPod } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { bytes, count, percent, short } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';
import type { Painter } from './paint.js';

export interface PodTableProps {
  readonly map: FarmMap;
  readonly painter: Painter;
  readonly only: ReadonlySet<string>;
}

const SHOWN = 300;

/** The same as the grid, as a table that can be sorted and searched. */
export function PodTable({ map, painter, only }: PodTableProps): ReactNode {
  const t = useT();
  const columns = useMemo<readonly Column<MapPod>[]>(
    () => [
      {
        key: 'pod',
        head: t('map.form.pod'),
        rowHead: true,
        sort: (pod) => pod.id,
        cell: (pod) => (
          <Link to={pathTo.pod(pod.id)} className="mono">
            {pod.id}
          </Link>
        ),
      },
      {
        key: 'state',
        head: t('map.pod.state'),
        sort: (pod) => pod.state,
        cell: (pod) => (
          <>
            <StateBadge state={pod.state} />
            {pod.draining && pod.state !== 'draining' ? (
              <>
                {' '}
                <StateBadge state="draining" />
              </>
            ) : null}
          </>
        ),
      },
      {
        key: 'partitions',
        head: t('map.pod.partitions'),
        sort: (pod) => pod.partitions[0],
        cell: (pod) => <PartitionLinks partitions={pod.partitions} />,
      },
      {
        key: 'machine',
        head: t('map.pod.machine'),
        sort: (pod) => pod.machine,
        minor: true,
        cell: (pod) => <Link to={pathTo.machine(pod.machine)}>{pod.machine}</Link>,
      },
      { key: 'tier', head: t('map.colour.tier'), sort: (pod) => pod.tier, minor: true, cell: (pod) => pod.tier },
      {
        key: 'memory',
        head: t('map.pod.memory'),
        align: 'end',
        sort: (pod) => pod.usedMemoryBytes,
        cell: (pod) => bytes(pod.usedMemoryBytes),
      },
      { key: 'keys', head: t('map.pod.keys'), align: 'end', sort: (pod) => pod.keys, cell: (pod) => count(pod.keys) },
      {
        key: 'ops',
        head: t('map.pod.ops'),
        align: 'end',
        sort: (pod) => pod.opsPerSecond,
        cell: (pod) => short(pod.opsPerSecond),
      },
      {
        key: 'hits',
        head: t('map.pod.hits'),
        align: 'end',
        minor: true,
        sort: (pod) => pod.hitRatio,
        cell: (pod) => percent(pod.hitRatio),
      },
      {
        key: 'clients',
        head: t('map.pod.clients'),
        align: 'end',
        minor: true,
        sort: (pod) => pod.clients,
        cell: (pod) => count(pod.clients),
      },
      {
        key: 'address',
        head: t('map.pod.address'),
        minor: true,
        sort: (pod) => pod.address,
        cell: (pod) => <span className="mono">{pod.address}</span>,
      },
    ],
    [t],
  );
  const rows = useMemo(
    () => (only.size === 0 ? map.pods : map.pods.filter((pod) => only.has(painter.paint(pod).key))),
    [map.pods, painter, only],
  );
  return (
    <DataTable
      caption={t('map.table')}
      columns={columns}
      rows={rows}
      rowKey={(pod) => pod.id}
      most={SHOWN}
      filter={(pod) =>
        `${pod.id} ${pod.state} ${pod.partitions.join(' ')} ${pod.machine} ${pod.tier} ${pod.port} ${pod.address}`
      }
    />
  );
}

function PartitionLinks({ partitions }: { readonly partitions: readonly string[] }): ReactNode {
  const t = useT();
  const shown = partitions.slice(0, 3);
  return (
    <>
      {shown.map((name, index) => (
        <span key={name}>
          {index === 0 ? '' : ', '}
          <Link to={pathTo.partition(name)}>{name}</Link>
        </span>
      ))}
      {partitions.length > shown.length ? ` ${t('map.more', { n: partitions.length - shown.length })}` : ''}
    </>
  );
}
