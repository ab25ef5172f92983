import { Activity, type ReactNode, useEffect, useRef } from 'react';
import { BrakesView } from './brakes/brakes-view.js';
import { ClusterDetailView } from './clusters/cluster-detail.js';
import { ClusterForm } from './clusters/cluster-form.js';
import { ClustersView } from './clusters/clusters-view.js';
import { ErrorBoundary } from './error-boundary.js';
import { GroupsView } from './groups/groups-view.js';
import { Alarm, Header } from './header.js';
import { useT } from './i18n.js';
import { useHealth, useRefused } from './live.js';
import { LoginView } from './login-view.js';
import { MapView } from './map/map-view.js';
import { Navigation } from './navigation.js';
import { OverviewView } from './overview/overview-view.js';
import { PartitionViewPage } from './partition/partition-page.js';
import { usePath } from './router.js';
import { type Route, routeOf } from './routes.js';
import { useSession } from './session.js';
import { TimelineView } from './timeline/timeline-view.js';
import { takeToken } from './token-in-address.js';
import { useToast } from './ui/toasts.js';
import { View } from './ui/view.js';

function NotFound({ path }: { readonly path: string }): ReactNode {
  const t = useT();
  return (
    <View title={t('shell.notfound')}>
      <p>{t('shell.notfound.text', { path })}</p>
    </View>
  );
}

function viewOf(route: Route, path: string): ReactNode {
  switch (route.view) {
    case 'overview':
      return <OverviewView />;
    case 'map':
      return <MapView />;
    case 'clusters':
      return <ClustersView />;
    case 'new-cluster':
      return <ClusterForm />;
    case 'cluster':
      return <ClusterDetailView clusterName={route.clusterName} />;
    case 'edit-cluster':
      return <ClusterForm clusterName={route.clusterName} />;
    case 'partition':
      return <PartitionViewPage name={route.name} />;
    case 'timeline':
      return <TimelineView />;
    case 'groups':
      return <GroupsView />;
    case 'brakes':
      return <BrakesView />;
    case 'login':
      return <LoginView />;
    case 'none':
      return <NotFound path={path} />;
  }
}

/** A link with a token logs in, once; the token was taken out of the address before anything was drawn. */
function useTokenOfLink(token: string | undefined): void {
  const t = useT();
  const toast = useToast();
  const { login } = useSession();
  const left = useRef(token);
  useEffect(() => {
    const mine = left.current;
    left.current = undefined;
    if (mine === undefined) return;
    login(mine).then(
      ({ user }) => toast({ kind: 'good', text: t('shell.login.done', { user: user ?? '' }) }),
      (error: unknown) =>
        toast({ kind: 'bad', text: t('shell.login.failed', { why: error instanceof Error ? error.message : '' }) }),
    );
  }, [login, toast, t]);
  useEffect(() => {
    // a link pasted into a tab that is open already changes only the fragment
    const changed = (): void => {
      const taken = takeToken(location.hash);
      if (taken === undefined) return;
      history.replaceState(null, '', `${location.pathname}${location.search}${taken.rest}`);
      void login(taken.token).catch((error: unknown) =>
        toast({ kind: 'bad', text: t('shell.login.failed', { why: error instanceof Error ? error.message : '' }) }),
      );
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, [login, toast, t]);
}

/** Another view: its h1 takes the focus, as a page load would have it, and the window's title says it. */
function useArrival(path: string): void {
  const health = useHealth();
  const farm = health?.farm;
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each address
  useEffect(() => {
    if (!first.current) {
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [path]);
  useEffect(() => {
    const title = (): void => {
      const text = document.querySelector('main h1')?.textContent ?? '';
      document.title = [text, farm, 'cachefarm'].filter((part) => part !== undefined && part !== '').join(' · ');
    };
    title();
    const main = document.querySelector('main');
    if (main === null) return;
    const watch = new MutationObserver(title);
    watch.observe(main, { childList: true });
    return () => watch.disconnect();
  }, [farm]);
}

export function App({ token }: { readonly token: string | undefined }): ReactNode {
  const t = useT();
  const path = usePath();
  const route = routeOf(path);
  const { session, ended } = useSession();
  const refused = useRefused();
  useTokenOfLink(token);
  useArrival(path);
  const closed =
    session !== undefined && !session.may.read && !session.openReading && (refused || session.user === null);
  const inPlace = closed && route.view !== 'login';
  return (
    <>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <Header />
      <Navigation />
      <main id="main" tabIndex={-1}>
        <Alarm />
        {inPlace ? <LoginView inPlace /> : null}
        <ErrorBoundary key={path}>
          {/* whose token has ended goes on where he was, with what he has typed */}
          {inPlace && !ended ? null : <Activity mode={inPlace ? 'hidden' : 'visible'}>{viewOf(route, path)}</Activity>}
        </ErrorBoundary>
      </main>
    </>
  );
}
