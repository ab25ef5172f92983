import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { EventView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useClusters, useEvents } from '../live.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { millis } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { Notice } from '../ui/notice.js';
import { Consequences } from './change-preview.js';
import { concerns, type Progress, progressOf } from './change-progress.js';
import { EventLines } from './event-lines.js';
import { UndoButton } from './undo-button.js';
import type { Applied } from './use-draft.js';

/** It must stay as asked for so long before it is called done: what Barn writes of itself comes a pass later, ms. */
const HOLDS_MS = 1_500;
const SLOW_MS = 60_000;
const TICK_MS = 500;

export interface ChangeProgressProps extends Applied {
  readonly onUndone: (applied: Applied) => void;
}

interface Clock {
  readonly settledAt: number | undefined;
  readonly now: number;
}

/** How far a change is, live, with the events of its cache cluster, until it is as asked for; and the way back. */
export function ChangeProgress({ change, sent, since, startedAt, onUndone }: ChangeProgressProps): ReactNode {
  const t = useT();
  const { clusterName: name, kind } = change;
  const cluster = useClusters()?.clusters.find(({ clusterName }) => clusterName === name);
  const progress = progressOf(change, cluster);
  const { settledAt, now } = useSettling(progress.settled);
  const isDone = settledAt !== undefined && now - settledAt >= HOLDS_MS;
  const events = useEvents().filter((event) => event.at > since && concerns(event, name));
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  const told = { create: 'created', change: 'changed', delete: 'deleted', none: 'changed' } as const;
  return (
    <section className="panel progress" aria-labelledby="progress-title">
      <h2 id="progress-title" ref={head} tabIndex={-1}>
        {t('clusters.progress.title')}
      </h2>
      {isDone ? null : <p>{t(`clusters.progress.${told[kind]}`, { name })}</p>}
      {isDone && kind === 'delete' ? null : <Counts progress={progress} isDelete={kind === 'delete'} />}
      <div aria-live="polite" data-progress={isDone ? 'done' : 'going'}>
        {isDone ? (
          <Notice kind="good">
            {t(kind === 'delete' ? 'clusters.progress.doneDeleted' : 'clusters.progress.done', {
              name,
              time: millis(settledAt - startedAt),
            })}
          </Notice>
        ) : now - startedAt > SLOW_MS ? (
          <Notice kind="warn">
            {t('clusters.progress.unfinished')} <Link to="/brakes">{t('clusters.progress.brakes')}</Link>
          </Notice>
        ) : null}
      </div>
      <div className="workshop-actions">
        {kind === 'delete' ? (
          <Link to="/clusters" className="button button-primary">
            {t('clusters.back')}
          </Link>
        ) : (
          <Link to={pathTo.cluster(name)} className="button button-primary">
            {t('clusters.progress.open', { name })}
          </Link>
        )}
        <UndoButton change={change} sent={sent} onUndone={onUndone} />
      </div>
      <h3>{t('clusters.progress.events', { name })}</h3>
      <Events events={events} />
      <details>
        <summary>{t('clusters.preview.changes')}</summary>
        <Consequences change={change} />
      </details>
    </section>
  );
}

function Events({ events }: { readonly events: readonly EventView[] }): ReactNode {
  const t = useT();
  return events.length === 0 ? (
    <p className="muted">{t('clusters.progress.noEvents')}</p>
  ) : (
    <EventLines events={events.slice(0, 50)} />
  );
}

function Counts({ progress, isDelete }: { readonly progress: Progress; readonly isDelete: boolean }): ReactNode {
  const t = useT();
  const { serving, wanted, standbysReady: ready, standbysWanted } = progress;
  if (isDelete) return <p role="status">{t('clusters.progress.gone', { serving })}</p>;
  const text = t('clusters.progress.serving', { serving, wanted });
  return (
    <div className="progress-counts">
      <Meter value={Math.min(serving, wanted)} max={wanted} label={text} text={text} warnAt={2} badAt={3} />
      {standbysWanted > 0 ? <p>{t('clusters.progress.standbys', { ready, wanted: standbysWanted })}</p> : null}
      <p role="status" className="unseen">
        {text}
      </p>
    </div>
  );
}

/** When it became as asked for, if it still is. Once it held, it is done: what happens later is another story. */
function useSettling(settled: boolean): Clock {
  const [clock, setClock] = useState<Clock>(() => ({ settledAt: undefined, now: Date.now() }));
  useEffect(() => {
    setClock((last) => {
      const isDone = last.settledAt !== undefined && last.now - last.settledAt >= HOLDS_MS;
      if (isDone) return last;
      return { ...last, settledAt: settled ? (last.settledAt ?? Date.now()) : undefined };
    });
  }, [settled]);
  useEffect(() => {
    const timer = setInterval(() => setClock((last) => ({ ...last, now: Date.now() })), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return clock;
}
