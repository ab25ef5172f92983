import { type ReactNode, useEffect, useState } from 'react';
import { useLanguage, useSetLanguage, useT } from './i18n.js';
import { useConnection, useFreshness, useHealth, useHeardAt, useMap } from './live.js';
import { Link, usePath } from './router.js';
import { useSession } from './session.js';
import { ThemeSwitch } from './theme.js';
import { Button } from './ui/button.js';
import { millis } from './ui/format.js';
import { Notice } from './ui/notice.js';
import { useToast } from './ui/toasts.js';

/** How old is what is seen, ms; counted on while nothing comes. undefined: nothing was seen yet */
export function useAge(): number | undefined {
  const freshness = useFreshness();
  const heardAt = useHeardAt();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return freshness === undefined ? undefined : freshness.ageMs + Math.max(0, now - heardAt);
}

const SIGN = { live: '●', connecting: '◌', lost: '✕' } as const;

function ConnectionBadge(): ReactNode {
  const t = useT();
  const connection = useConnection();
  const age = useAge();
  const seconds = age === undefined ? undefined : Math.max(0, Math.floor(age / 1_000)) * 1_000;
  return (
    <span className="connection" data-connection={connection}>
      <span className="connection-sign" aria-hidden="true">
        {SIGN[connection]}
      </span>
      {/* the age changes each second and is not read out by itself */}
      <span role="status">{t(`shell.${connection}`)}</span>
      <span className="connection-age">
        {seconds === undefined
          ? t('shell.never')
          : t('shell.age', { age: seconds < 1_000 ? '< 1 s' : millis(seconds) })}
      </span>
    </span>
  );
}

function LanguageSwitch(): ReactNode {
  const t = useT();
  const language = useLanguage();
  const setLanguage = useSetLanguage();
  return (
    <select
      className="input input-small"
      aria-label={t('shell.language')}
      value={language}
      onChange={(event) => setLanguage(event.target.value === 'ko' ? 'ko' : 'en')}
    >
      <option value="en" lang="en">
        English
      </option>
      <option value="ko" lang="ko">
        한국어
      </option>
    </select>
  );
}

function Account(): ReactNode {
  const t = useT();
  const toast = useToast();
  const path = usePath();
  const { session, logout } = useSession();
  if (session === undefined) return null;
  if (session.user === null)
    return (
      <Link
        className="button button-plain"
        to={path === '/login' ? '/login' : `/login?then=${encodeURIComponent(path)}`}
      >
        {t('shell.login')}
      </Link>
    );
  const may = (['read', 'change', 'drain'] as const).filter((verb) => session.may[verb]);
  const leave = async (): Promise<void> => {
    try {
      await logout();
      toast({ kind: 'info', text: t('shell.loggedout') });
    } catch (error) {
      toast({ kind: 'bad', text: String(error) });
    }
  };
  return (
    <span className="account">
      <span className="account-name" title={may.map((verb) => t(`shell.may.${verb}`)).join(', ')}>
        <span className="unseen">{t('shell.user', { user: '' })}</span>
        {session.user}
      </span>
      <Button kind="quiet" onClick={() => void leave()}>
        {t('shell.logout')}
      </Button>
    </span>
  );
}

export function Header(): ReactNode {
  const map = useMap();
  const health = useHealth();
  const farm = map?.farm ?? health?.farm;
  return (
    <header className="header">
      <Link to="/" className="brand">
        <svg className="brand-mark" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1 1h4v4H1zM6 1h4v4H6zM1 6h4v4H1zM6 6h4v4H6zM11 6h4v4h-4zM6 11h4v4H6zM11 11h4v4h-4z" />
          <path className="brand-empty" d="M11.5 1.5h3v3h-3zM1.5 11.5h3v3h-3z" />
        </svg>
        <span className="brand-name">cachefarm</span>
        {farm === undefined ? null : <span className="brand-farm">{farm}</span>}
      </Link>
      <ConnectionBadge />
      <span className="header-tools">
        <LanguageSwitch />
        <ThemeSwitch />
        <Account />
      </span>
    </header>
  );
}

/** Lost, or Barn itself is blind: said once, above every view. */
export function Alarm(): ReactNode {
  const t = useT();
  const connection = useConnection();
  const freshness = useFreshness();
  const age = useAge();
  const told = age === undefined ? '' : millis(Math.floor(age / 1_000) * 1_000);
  if (connection === 'lost')
    return (
      <Notice
        kind="warn"
        title={freshness === undefined ? t('shell.lost.never') : t('shell.lost.title', { age: told })}
      />
    );
  if (freshness?.stale !== true) return null;
  return (
    <Notice kind="warn" title={t('shell.stale.title', { age: told, why: freshness.why ?? t('shell.stale.unknown') })} />
  );
}
