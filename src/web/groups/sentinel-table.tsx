import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { count } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';
import { type Group, type Sentinel, type SentinelState, sentinelStateOf } from './group-state.js';

const TONE = { up: 'good', differs: 'warn', tilt: 'warn', down: 'bad' } as const satisfies Record<
  SentinelState,
  string
>;
const RANK: Readonly<Record<SentinelState, number>> = { down: 0, tilt: 1, differs: 2, up: 3 };

export function SentinelTable({ group }: { readonly group: Group }): ReactNode {
  const t = useT();
  const columns: readonly Column<Sentinel>[] = [
    {
      key: 'sentinel',
      head: t('groups.sentinel'),
      cell: ({ datacenter, pod }) => <span className="mono">{`${datacenter}/${pod}`}</span>,
      sort: ({ datacenter, pod }) => `${datacenter}/${pod}`,
      rowHead: true,
    },
    {
      key: 'state',
      head: t('groups.sentinel.state'),
      cell: (sentinel) => <State sentinel={sentinel} />,
      sort: (sentinel) => RANK[sentinelStateOf(sentinel)],
    },
    {
      key: 'datacenter',
      head: t('groups.datacenter'),
      cell: ({ datacenter }) => <Link to={pathTo.datacenter(datacenter)}>{datacenter}</Link>,
      sort: ({ datacenter }) => datacenter,
    },
    {
      key: 'machine',
      head: t('groups.machine'),
      cell: ({ machine }) => (machine === '' ? '–' : <Link to={pathTo.machine(machine)}>{machine}</Link>),
      sort: ({ machine }) => machine,
    },
    {
      key: 'address',
      head: t('groups.address'),
      cell: ({ address }) => <span className="mono">{address}</span>,
      minor: true,
    },
    {
      key: 'names',
      head: t('groups.names'),
      cell: ({ up, names }) => (up ? count(names) : '–'),
      sort: ({ names }) => names,
      align: 'end',
    },
    {
      key: 'differs',
      head: t('groups.differs'),
      cell: ({ up, differs }) =>
        !up ? '–' : differs === 0 ? t('groups.differs.none') : t('groups.differs.value', { n: differs }),
      sort: ({ differs }) => differs,
    },
  ];
  return (
    <DataTable
      columns={columns}
      rows={group.sentinels}
      rowKey={({ address }) => address}
      caption={t('groups.sentinels', { group: group.name })}
      sort={{ column: 'datacenter', down: false }}
    />
  );
}

function State({ sentinel }: { readonly sentinel: Sentinel }): ReactNode {
  const t = useT();
  const state = sentinelStateOf(sentinel);
  const why = state === 'down' ? sentinel.why : state === 'tilt' ? t('groups.tilt.why') : undefined;
  return (
    <>
      <StateBadge state={state} tone={TONE[state]}>
        {t(`groups.sentinel.${state}`)}
      </StateBadge>
      {why === undefined ? null : <span className="sentinel-why muted">{why}</span>}
    </>
  );
}
