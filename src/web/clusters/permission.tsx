import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { Notice } from '../ui/notice.js';

/** What is missing before something may be changed; nothing when nothing is. */
export function Permission(): ReactNode {
  const t = useT();
  const { session } = useSession();
  if (session === undefined || session.may.change) return null;
  if (session.user !== null) return <Notice kind="warn">{t('clusters.form.forbidden', { user: session.user })}</Notice>;
  return (
    <Notice kind="info">
      <p>
        {t('clusters.form.login')}{' '}
        <Link to={`/login?then=${encodeURIComponent(location.pathname)}`}>{t('clusters.form.loginLink')}</Link>
      </p>
    </Notice>
  );
}
