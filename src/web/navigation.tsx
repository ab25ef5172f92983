import type { ReactNode } from 'react';
import { useT } from './i18n.js';
import { Link, usePath } from './router.js';

const PLACES = [
  ['/', 'overview'],
  ['/map', 'map'],
  ['/clusters', 'clusters'],
  ['/timeline', 'timeline'],
  ['/groups', 'groups'],
  ['/brakes', 'brakes'],
] as const;

const isIn = (path: string, place: string): boolean =>
  place === '/'
    ? path === '/'
    : path === place || path.startsWith(`${place}/`) || (place === '/clusters' && path.startsWith('/partitions/'));

export function Navigation(): ReactNode {
  const t = useT();
  const path = usePath();
  return (
    <nav className="nav" aria-label={t('shell.nav')}>
      <ul>
        {PLACES.map(([place, name]) => (
          <li key={place}>
            <Link to={place} aria-current={path === place ? 'page' : isIn(path, place) ? 'true' : undefined}>
              {t(`shell.nav.${name}`)}
            </Link>
          </li>
        ))}
        <li className="nav-apart">
          <a href="/docs">{t('shell.nav.api')}</a>
        </li>
      </ul>
    </nav>
  );
}
