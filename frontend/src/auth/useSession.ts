/** Who is logged in: asked of the backend when the page opens, since only it can read the cookie of the session. */
import type { QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { createCache, finish } from '../api/cache';
import { messageOf } from '../api/http';
import { createApi, refresh, type TodoApi } from '../api/todo';
import type { Session, User } from '../api/types';
import { withoutQuery } from '../tasks/query';
import { createKept, type Kept } from '../ui/kept';
import { createAccess } from './access';

export type SessionState =
  | { state: 'checking' }
  | { state: 'unreachable'; reason: string; retry: () => void }
  | { state: 'signed-out'; notice: string | undefined; begin: (session: Session) => void }
  | { state: 'signed-in'; user: User; api: TodoApi; cache: QueryClient; kept: Kept; end: () => void };

export function useSession(): SessionState {
  /** Undefined while it is not known. */
  const [session, setSession] = useState<Session | null>();
  /** What somebody has typed. It waits for them when their session ends by itself, and for nobody else. */
  const [owned, setOwned] = useState<{ by: string; kept: Kept }>();
  const [notice, setNotice] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  const change = useCallback((next: Session | undefined, reason?: string) => {
    if (next) claimEntry(next.user.id);
    if (next) setOwned((now) => (now?.by === next.user.id ? now : { by: next.user.id, kept: createKept() }));
    setNotice(next ? undefined : reason);
    setSession(next ?? null);
  }, []);

  useEffect(() => {
    let current = true;
    refresh().then(
      (found) => current && change(found),
      (error: unknown) => current && setFailure(messageOf(error)),
    );
    return () => {
      current = false;
    };
  }, [change, attempt]);

  const access = useMemo(
    () => session && createAccess(session, (next) => change(next, 'Your session has ended. Log in again.')),
    [session, change],
  );
  const api = useMemo(() => access && createApi(access.call), [access]);
  const cache = useMemo(() => access && createCache(), [access]);
  const userId = session?.user.id;
  useEffect(() => {
    if (!userId) return;
    const claim = () => claimEntry(userId);
    // Before the list reads what it is to ask for.
    window.addEventListener('popstate', claim, true);
    return () => window.removeEventListener('popstate', claim, true);
  }, [userId]);
  // Its changes go on, to be refused by the backend: a task that waits for others is then given back, and not lost.
  useEffect(() => () => cache?.getQueryCache().clear(), [cache]);

  if (session && access && api && cache && owned) {
    const end = async () => {
      forgetQuery();
      setOwned(undefined);
      setSession(undefined);
      const unsaved = !(await finish(cache)) && 'Not all of your changes were saved.';
      change(undefined, [await access.end(), unsaved].filter(Boolean).join(' '));
    };
    return { state: 'signed-in', user: session.user, api, cache, kept: owned.kept, end: () => void end() };
  }
  if (session === null) return { state: 'signed-out', notice, begin: change };
  if (failure === undefined) return { state: 'checking' };
  const retry = () => {
    setFailure(undefined);
    setAttempt((count) => count + 1);
  };
  return { state: 'unreachable', reason: failure, retry };
}

/** Each entry of the browser's history says whose it is; where it is another user's, what they searched for goes. */
function claimEntry(userId: string) {
  const owner: unknown = window.history.state;
  if (owner && owner !== userId) forgetQuery();
  window.history.replaceState(userId, '');
}

/** What was searched for is no business of the next user of this browser. */
function forgetQuery() {
  const { pathname, search, hash } = window.location;
  window.history.replaceState(window.history.state, '', pathname + withoutQuery(search) + hash);
}
