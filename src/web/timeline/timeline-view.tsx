import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { EventView } from '../../api/schemas.js';
import { useLanguage, useT, useWordOf } from '../i18n.js';
import { useConnection, useEvents } from '../live.js';
import { useQuery } from '../router.js';
import { Button } from '../ui/button.js';
import { dateTime } from '../ui/format.js';
import { Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import { entriesOf } from './entries.js';
import { EntryList } from './entry-list.js';
import { FilterBar } from './filter-bar.js';
import { countKinds, filterEntries, readFilters } from './filters.js';
import './timeline.css';
import { newerThan } from './newer-than.js';
import { TimeStrip } from './time-strip.js';
import { useHeld } from './use-held.js';
import { useNow } from './use-now.js';

/** Entries drawn at first, and more each time they are asked for. */
const PAGE = 150;

export function TimelineView(): ReactNode {
  const t = useT();
  const live = useEvents();
  const connection = useConnection();
  const [paused, setPaused] = useState(false);
  const top = useRef<HTMLParagraphElement>(null);
  const reading = useOutOfSight(top);
  const events = useHeld(live, paused || reading);
  const resume = (): void => {
    setPaused(false);
    top.current?.scrollIntoView({ block: 'center' });
  };
  return (
    <View
      title={t('timeline.title')}
      actions={
        <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
          <span aria-hidden="true">{paused ? '▶ ' : '‖ '}</span>
          {t(paused ? 'timeline.resume' : 'timeline.pause')}
        </Button>
      }
    >
      <p ref={top} className="muted">
        {t('timeline.lead')}
      </p>
      {events.length === 0 && connection === 'connecting' ? (
        <Loading />
      ) : (
        <Told events={events} live={live} held={paused || reading} paused={paused} onResume={resume} />
      )}
    </View>
  );
}

interface ToldProps {
  readonly events: readonly EventView[];
  readonly live: readonly EventView[];
  readonly held: boolean;
  readonly paused: boolean;
  readonly onResume: () => void;
}

function Told({ events, live, held, paused, onResume }: ToldProps): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const language = useLanguage();
  const now = useNow();
  const query = useQuery();
  const filters = useMemo(() => readFilters(query), [query]);
  const [shown, setShown] = useState(PAGE);
  const entries = useMemo(() => entriesOf(events), [events]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: wordOf is a new function each time, its words change with the language alone
  const found = useMemo(
    () => filterEntries(entries, filters, (reason) => wordOf(`reasons.${reason}`)),
    [entries, filters, language],
  );
  const page = useMemo(() => found.slice(0, shown), [found, shown]);
  const counts = useMemo(() => countKinds(filterEntries(entries, { ...filters, kinds: [] })), [entries, filters]);
  const newer = held ? filterEntries(entriesOf(newerThan(live, events)), filters).length : 0;
  return (
    <>
      <FilterBar filters={filters} counts={counts} found={found.length} all={entries.length} />
      <TimeStrip entries={found} now={now} />
      {paused || (held && newer > 0) ? (
        <div className="timeline-held" role="status">
          <span>
            {t(paused ? 'timeline.paused' : 'timeline.reading')}{' '}
            <strong>{newer === 0 ? t('timeline.newer.none') : t('timeline.newer', { n: newer })}</strong>
          </span>
          <Button kind="primary" onClick={onResume}>
            {t('timeline.show-newer')}
          </Button>
        </div>
      ) : null}
      {entries.length === 0 ? (
        <Notice kind="info" title={t('timeline.empty')}>
          <p>{t('timeline.empty.hint')}</p>
        </Notice>
      ) : found.length === 0 ? (
        <Notice kind="info" title={t('timeline.none-found')} />
      ) : (
        <EntryList entries={page} now={now} />
      )}
      {found.length > shown ? (
        <Button onClick={() => setShown(shown + 2 * PAGE)}>
          {t('timeline.more', { n: Math.min(2 * PAGE, found.length - shown) })}
        </Button>
      ) : (
        <Forgotten events={events} />
      )}
    </>
  );
}

/** What a list of the last events is not: all of them. */
function Forgotten({ events }: { readonly events: readonly EventView[] }): ReactNode {
  const t = useT();
  const oldest = events.at(-1);
  if (!oldest) return null;
  const key = oldest.seq > 1 ? 'timeline.forgotten' : 'timeline.from-start';
  return <p className="timeline-end muted">{t(key, { at: dateTime(oldest.at) })}</p>;
}

/** The reader has gone on: what comes in on top would push away what he reads. */
function useOutOfSight(element: React.RefObject<HTMLElement | null>): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    const watched = element.current;
    if (!watched) return;
    const observer = new IntersectionObserver(([seen]) => setAway(seen?.isIntersecting === false), {
      rootMargin: '200px 0px 0px 0px',
    });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return away;
}
