import type { ReactNode } from 'react';
import { useLanguage, useT, useWordOf } from '../i18n.js';
import { useEvents } from '../live.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { exactMs } from '../timeline/exact-ms.js';
import { useNow } from '../timeline/use-now.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { clock, count, NONE, relative } from '../ui/format.js';
import { HOUR_MS, type RecoveryLine, recoveriesOf } from './recoveries.js';
import './named-figures.css';

const SHOWN = 5;
const figure = (ms: number | undefined): string => (ms === undefined ? NONE : exactMs(ms));

export function RecoveriesPanel(): ReactNode {
  const t = useT();
  const now = useNow();
  const events = useEvents();
  const { lines, p50Ms, maxMs } = recoveriesOf(events, now);
  const oldest = events.at(-1);
  // An hour of which not all is known must not look like a quiet one.
  const cut = oldest !== undefined && now - oldest.at < HOUR_MS;
  return (
    <section className="panel" aria-labelledby="recoveries">
      <h2 id="recoveries">{t('overview.recoveries')}</h2>
      {lines.length === 0 ? (
        <p className="muted">{t('overview.recoveries.none')}</p>
      ) : (
        <>
          <dl className="named-figures">
            <Figure name={t('overview.recoveries.count')} value={count(lines.length)} />
            <Figure name={t('overview.recoveries.p50')} value={figure(p50Ms)} />
            <Figure name={t('overview.recoveries.max')} value={figure(maxMs)} />
          </dl>
          <Latest lines={lines.slice(0, SHOWN)} now={now} />
          <p className="onward">
            <Link to="/timeline?kind=recovery">{t('overview.recoveries.all')}</Link>
          </p>
        </>
      )}
      {cut ? (
        <p className="muted small">
          {t(oldest.seq > 1 ? 'overview.recoveries.since' : 'overview.recoveries.since-start', {
            at: clock(oldest.at).slice(0, 8),
          })}
        </p>
      ) : null}
    </section>
  );
}

const Figure = ({ name, value }: { readonly name: string; readonly value: string }): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd className="figure">{value}</dd>
  </div>
);

function Latest({ lines, now }: { readonly lines: readonly RecoveryLine[]; readonly now: number }): ReactNode {
  const t = useT();
  const language = useLanguage();
  const wordOf = useWordOf();
  const columns: readonly Column<RecoveryLine>[] = [
    {
      key: 'partition',
      head: t('overview.recoveries.partition'),
      cell: ({ partition }) => <Link to={pathTo.partition(partition)}>{partition}</Link>,
      rowHead: true,
    },
    { key: 'outage', head: t('overview.recoveries.outage'), cell: ({ ms }) => exactMs(ms), align: 'end' },
    {
      key: 'reason',
      head: t('overview.recoveries.reason'),
      cell: ({ reason }) => <span title={wordOf(`reasons.${reason}`)}>{reason}</span>,
      minor: true,
    },
    {
      key: 'when',
      head: t('overview.recoveries.when'),
      cell: ({ at }) => <time title={clock(at)}>{relative(Math.min(at, now), now, language)}</time>,
    },
  ];
  return (
    <DataTable
      columns={columns}
      rows={lines}
      rowKey={({ seq, at }) => `${seq}@${at}`}
      caption={t('overview.recoveries.latest')}
    />
  );
}
