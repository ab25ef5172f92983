import type { ReactNode } from 'react';
import { useLanguage, useT } from '../i18n.js';
import { dateTime, relative } from '../ui/format.js';
import { type Entry, KINDS } from './entries.js';
import { slotsOf } from './time-axis.js';

const SLOTS = 60;

/** How many there were when: a burst is seen before a line of it is read. */
export function TimeStrip({ entries, now }: { readonly entries: readonly Entry[]; readonly now: number }): ReactNode {
  const t = useT();
  const language = useLanguage();
  const slots = slotsOf(entries, now, SLOTS);
  const first = slots[0];
  if (!first) return null;
  const most = Math.max(...slots.map(({ total }) => total));
  const errors = slots.reduce((sum, slot) => sum + slot.errors, 0);
  const label = t('timeline.axis', { from: dateTime(first.start), to: dateTime(now), n: entries.length, errors });
  return (
    <figure className="strip">
      <svg viewBox={`0 0 ${SLOTS} 22`} preserveAspectRatio="none" role="img" aria-label={label}>
        {slots.map(({ start, counts, errors: bad }, i) => {
          let top = 22;
          return (
            <g key={start}>
              {KINDS.map((kind) => {
                const height = (counts[kind] / most) * 18;
                top -= height;
                return height === 0 ? null : (
                  <rect key={kind} data-kind={kind} x={i + 0.1} y={top} width={0.8} height={height} />
                );
              })}
              {bad === 0 ? null : <rect data-kind="error" x={i + 0.1} y={top - 3} width={0.8} height={2} />}
            </g>
          );
        })}
      </svg>
      <figcaption className="strip-ends muted" aria-hidden="true">
        <span>{relative(first.start, now, language)}</span>
        <span>{t('timeline.now')}</span>
      </figcaption>
    </figure>
  );
}
