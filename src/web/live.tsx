/** Hooks to what the stream keeps up to date, and to whatever else the API answers. */
import { createContext, type ReactNode, use, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type {
  BrakesView,
  ClustersView,
  EventView,
  FarmMap,
  Freshness,
  GroupsView,
  HealthView,
} from '../api/schemas.js';
import type { Connection, LiveState, LiveStore } from './live-store.js';
import { getJson } from './request.js';

const Context = createContext<LiveStore | undefined>(undefined);

/** Somebody who looks at another tab for a moment misses nothing. */
const RESTS_AFTER_MS = 120_000;

export function LiveProvider({
  store,
  children,
}: {
  readonly store: LiveStore;
  readonly children: ReactNode;
}): ReactNode {
  useEffect(() => {
    const offline = (): void => store.offline();
    // Six streams are all that a browser opens to one HTTP/1.1 server: tabs that nobody looks at give theirs back.
    let rest: ReturnType<typeof setTimeout> | undefined;
    let resting = false;
    const online = (): void => {
      if (!resting) store.connect();
    };
    const seen = (): void => {
      clearTimeout(rest);
      if (document.visibilityState === 'visible') {
        if (resting) store.connect();
        resting = false;
        return;
      }
      rest = setTimeout(() => {
        resting = true;
        store.stop();
      }, RESTS_AFTER_MS);
    };
    addEventListener('online', online);
    addEventListener('offline', offline);
    document.addEventListener('visibilitychange', seen);
    store.connect();
    return () => {
      clearTimeout(rest);
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('online', online);
      removeEventListener('offline', offline);
      store.stop();
    };
  }, [store]);
  return <Context value={store}>{children}</Context>;
}

export function useLiveStore(): LiveStore {
  const store = use(Context);
  if (!store) throw new Error('outside of LiveProvider');
  return store;
}

function useLive<T>(pick: (state: LiveState) => T): T {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => pick(store.state()));
}

export const useMap = (): FarmMap | undefined => useLive((state) => state.map);
export const useClusters = (): ClustersView | undefined => useLive((state) => state.clusters);
/** Newest first, at most 1,000. */
export const useEvents = (): readonly EventView[] => useLive((state) => state.events);
export const useBrakes = (): BrakesView | undefined => useLive((state) => state.brakes);
export const useGroups = (): GroupsView | undefined => useLive((state) => state.groups);
export const useHealth = (): HealthView | undefined => useLive((state) => state.health);
export const useConnection = (): Connection => useLive((state) => state.connection);
export const useRefused = (): boolean => useLive((state) => state.refused);
export const useFreshness = (): Freshness | undefined => useLive((state) => state.freshness);
/** When it was said, ms by this machine's clock: the age now is `freshness.ageMs + Date.now() - heardAt`. */
export const useHeardAt = (): number => useLive((state) => state.heardAt);

export interface Loaded<T> {
  /** the last one, also while it is asked for again and after a failure */
  readonly value?: T;
  readonly error?: Error;
  readonly loading: boolean;
  readonly reload: () => void;
}

interface Kept<T> {
  readonly path: string | undefined;
  readonly value?: T;
  readonly error?: Error;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * @param path undefined: nothing is asked
 * @param options everyMs: asked again so long after each answer; key: asked again whenever it changes
 */
export function useJson<T>(
  path: string | undefined,
  options: { readonly everyMs?: number; readonly key?: string | number } = {},
): Loaded<T> {
  const { everyMs, key } = options;
  const [kept, setKept] = useState<Kept<T>>({ path });
  const [loading, setLoading] = useState(path !== undefined);
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((last) => last + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: key and turn say when to ask again
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      setLoading(true);
      try {
        const value = await getJson<T>(path, { signal: abort.signal });
        if (!abort.signal.aborted) setKept({ path, value });
      } catch (error) {
        if (abort.signal.aborted) return;
        setKept((last) => ({ ...(last.path === path ? last : { path }), error: asError(error) }));
      }
      if (abort.signal.aborted) return;
      setLoading(false);
      if (everyMs !== undefined) timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, key, turn]);
  const mine = kept.path === path ? kept : { path };
  return {
    ...(mine.value === undefined ? {} : { value: mine.value }),
    ...(mine.error === undefined ? {} : { error: mine.error }),
    loading,
    reload,
  };
}
