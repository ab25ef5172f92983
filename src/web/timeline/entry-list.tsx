import { memo, type ReactNode, useMemo } from 'react';
import { useLanguage, useT } from '../i18n.js';
import { clock, dateTime, relative } from '../ui/format.js';
import type { Entry } from './entries.js';
import { EntryRow } from './entry-row.js';
import { groupByTime, type Scale, scaleOf } from './time-axis.js';

const MINUTES: Readonly<Record<Scale, number>> = { minute: 1, 'ten-minutes': 10, hour: 60, day: 0 };

/** `14:03`, `14:00 – 14:10`; with its day unless that is today's. */
function headingOf(start: number, scale: Scale, now: number, today: string): string {
  const [day = '', time = ''] = dateTime(start).split(' ');
  const isToday = dateTime(now).startsWith(day);
  if (scale === 'day') return isToday ? today : day;
  const end = scale === 'minute' ? '' : ` – ${clock(start + MINUTES[scale] * 60_000).slice(0, 5)}`;
  return `${isToday ? '' : `${day} `}${time.slice(0, 5)}${end}`;
}

export interface EntryListProps {
  readonly entries: readonly Entry[];
  readonly now: number;
}

/** Under headings of time; groups out of sight are not laid out (content-visibility). */
export const EntryList = memo(({ entries, now }: EntryListProps): ReactNode => {
  const t = useT();
  const language = useLanguage();
  const scale = scaleOf(entries);
  const groups = useMemo(() => groupByTime(entries, scale), [entries, scale]);
  return groups.map(({ start, entries: of }) => (
    <section key={start} className="time-group" aria-labelledby={`time-${start}`}>
      <h2 id={`time-${start}`} className="time-head">
        {headingOf(start, scale, now, t('timeline.today'))}
      </h2>
      <ol className="entries">
        {of.map((entry) => (
          <EntryRow key={entry.key} entry={entry} ago={relative(Math.min(entry.at, now), now, language)} />
        ))}
      </ol>
    </section>
  ));
});
EntryList.displayName = 'EntryList';
