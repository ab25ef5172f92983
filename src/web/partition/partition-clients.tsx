import type { ReactNode } from 'react';
import type { ClientsView, PartitionView } from '../../api/schemas.js';
import { type T, useT } from '../i18n.js';
import { useJson } from '../live.js';
import { ProblemError } from '../request.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { useSession } from '../session.js';
import { Button } from '../ui/button.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { count, millis } from '../ui/format.js';
import { Notice } from '../ui/notice.js';
import { Loading } from '../ui/view.js';

/** Asking costs its pod a CLIENT LIST, ms. */
const EVERY_MS = 10_000;

type Row = ClientsView['clients'][number];

/** CLIENT LIST tells whole seconds. */
const seconds = (value: number): string => (value === 0 ? '< 1 s' : millis(value * 1_000));

const columnsOf = (t: T): readonly Column<Row>[] => [
  {
    key: 'name',
    head: t('partition.clientName'),
    rowHead: true,
    cell: ({ name }) => (name === '' ? <span className="muted">{t('partition.clientNameless')}</span> : name),
    sort: ({ name }) => name,
  },
  {
    key: 'address',
    head: t('partition.address'),
    cell: ({ address }) => <span className="mono">{address}</span>,
    sort: ({ address }) => address,
  },
  { key: 'user', head: t('partition.clientUser'), cell: ({ user }) => user, sort: ({ user }) => user },
  {
    key: 'count',
    head: t('partition.clientConnections'),
    align: 'end',
    cell: (row) => count(row.count),
    sort: (row) => row.count,
  },
  {
    key: 'age',
    head: t('partition.clientAge'),
    align: 'end',
    cell: ({ ageSeconds }) => seconds(ageSeconds),
    sort: ({ ageSeconds }) => ageSeconds,
  },
  {
    key: 'idle',
    head: t('partition.clientIdle'),
    align: 'end',
    cell: ({ idleSeconds }) => seconds(idleSeconds),
    sort: ({ idleSeconds }) => idleSeconds,
  },
  {
    key: 'command',
    head: t('partition.clientCommand'),
    cell: ({ lastCommand }) => <span className="mono">{lastCommand}</span>,
    sort: ({ lastCommand }) => lastCommand,
  },
];

/** Who still uses it, by name and address: for those who log in. */
export function PartitionClients({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const { session } = useSession();
  return (
    <section className="panel" aria-labelledby="clients-title">
      <h2 id="clients-title">{t('partition.clients')}</h2>
      {session === undefined ? (
        <Loading />
      ) : session.user === null ? (
        <p>
          {t('partition.clientsLogin')}{' '}
          <Link to={`/login?then=${encodeURIComponent(pathTo.partition(partition.name))}`}>{t('partition.login')}</Link>
        </p>
      ) : (
        <Asked partition={partition} />
      )}
    </section>
  );
}

function Asked({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const path = `/v1/partitions/${encodeURIComponent(partition.name)}/clients`;
  const { value, error, loading, reload } = useJson<ClientsView>(path, {
    everyMs: EVERY_MS,
    key: partition.address ?? '',
  });
  return (
    <>
      <div className="row">
        <Button kind="plain" busy={loading} onClick={reload}>
          {t('partition.clientsReload')}
        </Button>
        {value?.address == null ? null : (
          <span className="muted">{t('partition.clientsAt', { address: value.address })}</span>
        )}
      </div>
      {error ? <Refused error={error} /> : null}
      {value ? <Clients clients={value} name={partition.name} /> : error ? null : <Loading />}
    </>
  );
}

function Refused({ error }: { readonly error: Error }): ReactNode {
  const t = useT();
  const isForbidden = error instanceof ProblemError && error.problem.status === 403;
  return (
    <Notice kind="warn">
      {isForbidden ? t('partition.clientsForbidden') : t('partition.clientsGone', { why: error.message })}
    </Notice>
  );
}

function Clients({ clients, name }: { readonly clients: ClientsView; readonly name: string }): ReactNode {
  const t = useT();
  return (
    <>
      <DataTable
        columns={columnsOf(t)}
        rows={clients.clients}
        rowKey={(row) => `${row.name} ${row.address} ${row.user}`}
        caption={t('partition.clientsCaption', { name })}
        sort={{ column: 'name', down: false }}
        empty={t('partition.clientsNone')}
        most={50}
        {...(clients.clients.length > 10 ? { filter: (row: Row) => `${row.name} ${row.address} ${row.user}` } : {})}
      />
      {clients.truncated ? <p className="muted">{t('partition.clientsMore')}</p> : null}
    </>
  );
}
