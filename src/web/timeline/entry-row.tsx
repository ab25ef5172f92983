import { memo, type ReactNode } from 'react';
import type { EventView } from '../../api/schemas.js';
import { type T, useT, useWordOf } from '../i18n.js';
import { clock, dateTime } from '../ui/format.js';
import { StateBadge, type StateBadgeProps } from '../ui/state-badge.js';
import { durationOf, type Entry, type EntryState } from './entries.js';
import { exactMs } from './exact-ms.js';
import { KindSign } from './kind-sign.js';
import { Receipts } from './receipts.js';
import { SubjectLink } from './subject-link.js';

const TONE: Readonly<Record<EntryState, NonNullable<StateBadgeProps['tone']>>> = {
  done: 'good',
  over: 'good',
  stale: 'plain',
  told: 'plain',
  'under-way': 'warn',
  holds: 'warn',
  'cut-off': 'warn',
  failed: 'bad',
  error: 'bad',
};

export interface EntryRowProps {
  readonly entry: Entry;
  /** `3 minutes ago`: made outside, so that a row is drawn again only when it reads otherwise */
  readonly ago: string;
}

export const EntryRow = memo(({ entry, ago }: EntryRowProps): ReactNode => {
  const { event, kind, state } = entry;
  const t = useT();
  const wordOf = useWordOf();
  const why = event.reason === undefined ? undefined : wordOf(`reasons.${event.reason}`);
  return (
    <li className="entry" data-seq={event.seq} data-kind={kind} data-state={state}>
      <time className="entry-time" dateTime={new Date(entry.at).toISOString()} title={dateTime(entry.at)}>
        <span className="mono">{clock(entry.at)}</span>
        <span className="entry-ago muted">{ago}</span>
      </time>
      <KindSign kind={kind} />
      <div className="entry-body">
        <p className="entry-head">
          <span className="unseen">{t(`timeline.kind.one.${kind}`)}: </span>
          {event.reason === undefined ? null : <strong className="entry-reason">{event.reason}</strong>}
          {event.subject === undefined ? null : (
            <SubjectLink subject={event.subject} isCluster={event.subject === event.cluster} />
          )}
          {state === 'told' ? null : (
            <StateBadge state={state} tone={TONE[state]}>
              {t(`timeline.state.${state}`)}
            </StateBadge>
          )}
          <Took entry={entry} t={t} />
        </p>
        {event.reason === undefined ? <p>{wordOf(`timeline.msg.${event.msg}`) ?? event.msg}</p> : null}
        {why === undefined ? null : <p className="entry-why">{why}</p>}
        <Subjects event={event} />
        {event.detail === undefined || event.detail === '' ? null : <p className="entry-detail mono">{event.detail}</p>}
        {event.error === undefined ? null : (
          <p className="entry-detail mono tone-bad">
            {event.error.name}: {event.error.message}
          </p>
        )}
        <Receipts event={event} />
      </div>
    </li>
  );
});
EntryRow.displayName = 'EntryRow';

function Subjects({ event: { subjects = [], count } }: { readonly event: EventView }): ReactNode {
  const t = useT();
  if (subjects.length === 0) return null;
  return (
    <p className="entry-subjects">
      {t('timeline.many', { n: count ?? subjects.length })}
      {subjects.map((subject) => (
        <SubjectLink key={subject} subject={subject} />
      ))}
    </p>
  );
}

function Took({ entry, t }: { readonly entry: Entry; readonly t: T }): ReactNode {
  const ms = durationOf(entry);
  if (ms === undefined || entry.kind === 'operator') return null;
  const key =
    entry.event.recoveryMs !== undefined
      ? 'timeline.outage'
      : entry.kind === 'brake'
        ? 'timeline.held'
        : 'timeline.took';
  return <span className={key === 'timeline.outage' ? 'entry-outage' : 'muted'}>{t(key, { ms: exactMs(ms) })}</span>;
}
