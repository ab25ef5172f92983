import type { ReactNode } from 'react';
import type { ClusterView } from '../../api/schemas.js';
import { useT, useWordOf } from '../i18n.js';
import { useNow } from '../timeline/use-now.js';
import { millis } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';

/** What is well; anything else of these is not. */
const WELL: Readonly<Record<string, string>> = { Ready: 'True', Progressing: 'False', Degraded: 'False' };

const toneOf = (type: string, status: string): 'good' | 'warn' | 'bad' | 'plain' => {
  if (WELL[type] === undefined) return 'plain';
  return WELL[type] === status ? 'good' : type === 'Progressing' ? 'warn' : 'bad';
};

/** What Barn wrote of the cache cluster, in words. */
export function ConditionList({ conditions }: Pick<ClusterView, 'conditions'>): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const now = useNow();
  return (
    <section className="panel" aria-labelledby="conditions-title">
      <h2 id="conditions-title">{t('clusters.detail.conditions')}</h2>
      {conditions.length === 0 ? <p className="muted">{t('clusters.detail.conditionsNone')}</p> : null}
      <ul className="conditions">
        {conditions.map(({ type, status, reason, message, since }) => (
          <li key={type}>
            <StateBadge state={type} tone={toneOf(type, status)}>
              {wordOf(`clusters.condition.${type}`) ?? type}: {wordOf(`clusters.status.${status}`) ?? status}
            </StateBadge>{' '}
            <span className="reason">{reason}</span>{' '}
            {since === undefined ? null : (
              <small className="muted" title={since}>
                {t('clusters.detail.since', { time: millis(Math.max(0, now - Date.parse(since))) })}
              </small>
            )}
            <p className="muted">
              {wordOf(`reasons.${reason}`)} {message}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
