import { type ReactNode, useState } from 'react';
import type { EventView } from '../../api/schemas.js';
import { useT, useWordOf } from '../i18n.js';
import { exactMs } from './exact-ms.js';
import '../overview/named-figures.css';

const TONE: Readonly<Record<string, string>> = { Done: 'good', Failed: 'bad', Stale: 'warn' };
const SIGN: Readonly<Record<string, string>> = { Done: '✓', Failed: '✕', Stale: '▲' };

/** Shut until it is asked for: a thousand tables that nobody reads would be most of the page. */
export function Receipts({ event }: { readonly event: EventView }): ReactNode {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { receipts, actions = [], ms = 0 } = event;
  const n = receipts?.length ?? actions.length;
  if (n === 0) return null;
  const title = receipts ? t('timeline.receipts', { n, ms: exactMs(ms) }) : t('timeline.receipts.planned', { n });
  return (
    <details className="receipts" onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
      <summary>{title}</summary>
      {open && receipts ? <ReceiptTable receipts={receipts} /> : null}
      {open && !receipts ? (
        <ol className="receipts-planned mono">
          {actions.map((action, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same action may be there twice, in an order that never changes
            <li key={i}>{action}</li>
          ))}
        </ol>
      ) : null}
    </details>
  );
}

function ReceiptTable({ receipts }: { readonly receipts: NonNullable<EventView['receipts']> }): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  return (
    <div className="table-scroll">
      <table className="table">
        <caption className="unseen">{t('timeline.receipts.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('timeline.receipts.action')}</th>
            <th scope="col">{t('timeline.receipts.status')}</th>
            <th scope="col" className="align-end">
              {t('timeline.receipts.ms')}
            </th>
            <th scope="col">{t('timeline.receipts.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {receipts.map(({ action, status, ms, reason }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same action may be there twice, in an order that never changes
            <tr key={i}>
              <th scope="row" className="mono">
                {action}
              </th>
              <td className={`tone-${TONE[status] ?? 'none'}`}>
                <span aria-hidden="true">{SIGN[status] ?? '–'} </span>
                {wordOf(`timeline.status.${status}`) ?? status}
              </td>
              <td className="align-end">{status === 'NotRun' ? '–' : exactMs(ms)}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
