/** Who is logged in: asked of the backend when the page opens, since only it can read the cookie of the session. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { messageOf } from '../api/http';
import { createApi, refresh, type TodoApi } from '../api/todo';
import type { Session, User } from '../api/types';
import { createAccess } from './access';

export type SessionState =
  | { state: 'checking' }
  | { state: 'unreachable'; reason: string; retry: () => void }
  | { state: 'signed-out'; notice: string | undefined; begin: (session: Session) => void }
  | { state: 'signed-in'; user: User; api: TodoApi; end: () => void };

export function useSession(): SessionState {
  /** Undefined while it is not known. */
  const [session, setSession] = useState<Session | null>();
  const [notice, setNotice] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  const change = useCallback((next: Session | undefined, reason?: string) => {
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

  if (session && access && api) {
    const end = () => {
      setSession(undefined);
      void access.end().then((problem) => change(undefined, problem));
    };
    return { state: 'signed-in', user: session.user, api, end };
  }
  if (session === null) return { state: 'signed-out', notice, begin: change };
  if (failure === undefined) return { state: 'checking' };
  const retry = () => {
    setFailure(undefined);
    setAttempt((count) => count + 1);
  };
  return { state: 'unreachable', reason: failure, retry };
}
