import type { ReactNode } from 'react';
import type { EventView } from '../../api/schemas.js';
import { useT, useWordOf } from '../i18n.js';
import { durationOf, type Entry, entriesOf, isError } from '../timeline/entries.js';
import { clock, dateTime, millis } from '../ui/format.js';

/** Events, short: when, whom, why, what came of it, how long. @param props.events newest first */
export function EventLines({ events }: { readonly events: readonly EventView[] }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it
    <ol className="event-lines" tabIndex={0}>
      {entriesOf(events).map((entry) => (
        <EventLine key={entry.key} entry={entry} />
      ))}
    </ol>
  );
}

function EventLine({ entry }: { readonly entry: Entry }): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const { at, seq, level, reason, detail, msg, subject, partition, cluster } = entry.event;
  const took = durationOf(entry);
  const why = reason === undefined ? detail : (wordOf(`reasons.${reason}`) ?? detail);
  return (
    <li data-seq={seq} data-level={isError(entry) ? 'error' : level}>
      <time dateTime={new Date(at).toISOString()} title={dateTime(at)} className="mono muted">
        {clock(at)}
      </time>
      <span>
        <strong>{partition ?? subject ?? cluster}</strong>{' '}
        {reason === undefined ? (wordOf(`timeline.msg.${msg}`) ?? msg) : <span className="reason">{reason}</span>}{' '}
        <span className="event-state">
          {isError(entry) ? '✕ ' : entry.state === 'done' ? '✓ ' : ''}
          {t(`timeline.state.${entry.state}`)}
        </span>{' '}
        {took === undefined ? null : <span>{millis(took)}</span>}
        <small className="muted event-why">{why}</small>
      </span>
    </li>
  );
}
