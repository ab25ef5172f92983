import { type ReactNode, useMemo } from 'react';
import type { PartitionView } from '../../api/schemas.js';
import { useLanguage, useT, useWordOf } from '../i18n.js';
import { durationOf, type Entry, entriesOf, isError } from '../timeline/entries.js';
import { useNow } from '../timeline/use-now.js';
import { dateTime, millis, relative } from '../ui/format.js';

/** What happened to it: reason, cause, and how long it took, newest first. */
export function MoveHistory({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const { history, name } = partition;
  const entries = useMemo(() => entriesOf(history), [history]);
  const now = useNow();
  return (
    <section className="panel" aria-labelledby="history-title">
      <h2 id="history-title">{t('partition.history')}</h2>
      {history.length === 0 ? (
        <p className="muted">{t('partition.historyNone')}</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset holds inputs
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it
        <div className="table-scroll" tabIndex={0} role="group" aria-label={t('partition.history')}>
          <table className="table">
            <caption className="unseen">{t('partition.historyCaption', { name })}</caption>
            <thead>
              <tr>
                <th scope="col">{t('partition.when')}</th>
                <th scope="col">{t('partition.what')}</th>
                <th scope="col">{t('partition.why')}</th>
                <th scope="col" className="align-end">
                  {t('partition.took')}
                </th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <HistoryRow key={entry.key} entry={entry} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function HistoryRow({ entry, now }: { readonly entry: Entry; readonly now: number }): ReactNode {
  const t = useT();
  const language = useLanguage();
  const { seq, at, level, error, detail } = entry.event;
  return (
    <tr data-seq={seq} data-level={level}>
      <th scope="row">
        <time dateTime={new Date(at).toISOString()} title={dateTime(at)}>
          {relative(at, now, language)}
        </time>
        <small className="muted mono">{dateTime(at)}</small>
      </th>
      <td>
        <span className={isError(entry) ? 'field-warning' : undefined}>
          {isError(entry) ? '▲ ' : ''}
          {t(`timeline.state.${entry.state}`)}
        </span>
        {detail === undefined ? null : <div className="muted">{detail}</div>}
        {error === undefined ? null : (
          <div className="field-warning">
            {error.name}: {error.message}
          </div>
        )}
        <Steps entry={entry} />
      </td>
      <td className="why-cell">
        <Why entry={entry} />
      </td>
      <td className="align-end">{millis(durationOf(entry))}</td>
    </tr>
  );
}

function Why({ entry: { event } }: { readonly entry: Entry }): ReactNode {
  const wordOf = useWordOf();
  const { reason, msg } = event;
  if (reason === undefined) return wordOf(`timeline.msg.${msg}`) ?? msg;
  return (
    <>
      <span className="reason">{reason}</span> <small className="muted">{wordOf(`reasons.${reason}`)}</small>
    </>
  );
}

/** Action by action, for who wants to know where the time went. */
function Steps({ entry: { event } }: { readonly entry: Entry }): ReactNode {
  const t = useT();
  const { receipts = [] } = event;
  if (receipts.length === 0) return null;
  return (
    <details>
      <summary>{t('partition.steps')}</summary>
      <ol className="steps">
        {receipts.map((receipt) => (
          <li key={`${receipt.action} ${receipt.status} ${receipt.reason} ${receipt.ms}`}>
            {receipt.action}: {receipt.status} {receipt.reason} {millis(receipt.ms)}
          </li>
        ))}
      </ol>
    </details>
  );
}
