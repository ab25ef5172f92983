import type { ReactNode } from 'react';
import type { Severity } from '../brakes/brake-severity.js';
import { KnownSubject } from '../brakes/known-subject.js';
import { type T, useT, useWordOf } from '../i18n.js';
import { Link } from '../router.js';
import { Notice } from '../ui/notice.js';
import { StateBadge } from '../ui/state-badge.js';
import type { Trouble } from './troubles.js';

const TONE = { down: 'bad', risk: 'warn', note: 'plain' } as const satisfies Record<Severity, string>;

const headOf = ({ kind, count, reason }: Trouble, t: T): string =>
  t(`overview.trouble.${kind}`, { n: count, reason: reason ?? '' });

export function TroubleList({ troubles }: { readonly troubles: readonly Trouble[] }): ReactNode {
  const t = useT();
  return (
    <section className="panel troubles" aria-labelledby="wrong">
      <h2 id="wrong">{t('overview.wrong')}</h2>
      {troubles.length === 0 ? (
        <Notice kind="good" title={t('overview.wrong.none')}>
          <p>{t('overview.wrong.none.hint')}</p>
        </Notice>
      ) : (
        <ul>
          {troubles.map((trouble) => (
            <li key={`${trouble.kind} ${trouble.reason ?? ''}`} data-severity={trouble.severity}>
              <TroubleLine trouble={trouble} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function TroubleLine({ trouble }: { readonly trouble: Trouble }): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const { severity, names, count, reason, why, to } = trouble;
  return (
    <>
      <StateBadge state={severity} tone={TONE[severity]}>
        {t(`overview.severity.${severity}`)}
      </StateBadge>
      <div>
        <p className="trouble-head">
          <Link to={to}>{headOf(trouble, t)}</Link>
        </p>
        {reason === undefined ? null : <p className="muted">{wordOf(`reasons.${reason}`)}</p>}
        {why === undefined ? null : <p className="muted mono">{why}</p>}
        {names.length === 0 ? null : (
          <p className="trouble-names">
            {names.map((name) => (
              <KnownSubject key={name} subject={name} />
            ))}
            {count > names.length ? (
              <span className="muted">{t('overview.more', { n: count - names.length })}</span>
            ) : null}
          </p>
        )}
      </div>
    </>
  );
}
