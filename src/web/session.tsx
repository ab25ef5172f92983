/** Who is logged in here. The token itself is in an HttpOnly cookie: this page never keeps it. */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { SessionView } from '../api/schemas.js';
import { useLiveStore, useRefused } from './live.js';
import { getJson, onLoggedOut, ProblemError, send } from './request.js';

export interface Session {
  /** undefined: not known yet */
  readonly session: SessionView | undefined;
  /** what the link's token or the last request was refused with */
  readonly ended: boolean;
  /** @throws ProblemError */
  readonly login: (token: string) => Promise<SessionView>;
  readonly logout: () => Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

const NOBODY: SessionView = {
  user: null,
  groups: [],
  may: { read: false, change: false, drain: false },
  openReading: false,
};

const RETRY_MS = 3_000;

export function SessionProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const live = useLiveStore();
  const [session, setSession] = useState<SessionView>();
  const [ended, setEnded] = useState(false);

  /** Log-ins and log-outs: an answer that was asked for before the last of them says nothing of now. */
  const changes = useRef(0);

  const look = useCallback(async (): Promise<void> => {
    const asked = changes.current;
    try {
      const mine = await getJson<SessionView>('/v1/session');
      if (asked !== changes.current) return;
      setSession((last) => {
        if (last?.user != null && mine.user === null) setEnded(true);
        return mine;
      });
    } catch (error) {
      // 401: reading needs a login; anything else (Barn starts again) says nothing about who is logged in
      if (asked !== changes.current) return;
      if (error instanceof ProblemError && error.problem.status === 401) setSession(NOBODY);
      else setTimeout(() => void look(), RETRY_MS);
    }
  }, []);

  useEffect(() => {
    void look();
    return onLoggedOut(() => {
      setSession((last) => {
        if (last?.user != null) setEnded(true);
        return last === undefined ? last : { ...NOBODY, openReading: last.openReading };
      });
    });
  }, [look]);

  const refused = useRefused();
  useEffect(() => {
    // the stream was refused: a token may have ended since
    if (refused) void look();
  }, [refused, look]);

  const value = useMemo<Session>(
    () => ({
      session,
      ended,
      login: async (token) => {
        const mine = await send<SessionView>('POST', '/v1/session', { token });
        changes.current++;
        setSession(mine);
        setEnded(false);
        live.connect();
        return mine;
      },
      logout: async () => {
        await send('DELETE', '/v1/session', undefined);
        changes.current++;
        await look();
        setEnded(false);
        live.connect();
      },
    }),
    [session, ended, look, live],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSession(): Session {
  const session = use(Context);
  if (!session) throw new Error('outside of SessionProvider');
  return session;
}

const NOTHING: SessionView['may'] = NOBODY.may;
/** What who is logged in may do; nothing while it is not known. The API decides: this only says it before it is tried. */
export const useMay = (): SessionView['may'] => useSession().session?.may ?? NOTHING;
