import type { ReactNode } from 'react';
import type { HealthView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { count } from '../ui/format.js';
import { Notice } from '../ui/notice.js';

/** The one figure that says whether anybody misses anything. */
export function ServingPanel({ health }: { readonly health: HealthView }): ReactNode {
  const t = useT();
  const { partitions, why } = health;
  if (partitions === null)
    return (
      <Notice kind="info" title={t('overview.looking')}>
        <p>{why ?? t('overview.looking.text')}</p>
      </Notice>
    );
  const { serving, declared, armed, toArm } = partitions;
  if (declared === 0)
    return (
      <Notice kind="info" title={t('overview.serving.none')}>
        <p>
          <Link to="/clusters/new">{t('overview.serving.make')}</Link>
        </p>
      </Notice>
    );
  const missing = Math.max(0, declared - serving);
  return (
    <section className="panel serving" aria-labelledby="serving" data-tone={missing === 0 ? 'good' : 'bad'}>
      <h2 id="serving">{t('overview.serving')}</h2>
      <p className="serving-figure" data-serving={serving} data-declared={declared}>
        <span className="unseen">{t('overview.serving.of', { n: serving, all: declared })}</span>
        <span aria-hidden="true">
          <strong>{count(serving)}</strong>
          <span className="muted"> / {count(declared)}</span>
        </span>
      </p>
      <p>
        <span aria-hidden="true">{missing === 0 ? '✓ ' : '✕ '}</span>
        {missing === 0 ? t('overview.serving.all') : t('overview.serving.missing', { n: missing })}
      </p>
      {toArm === 0 ? null : <p className="muted small">{t('overview.armed', { n: armed, all: toArm })}</p>}
    </section>
  );
}
