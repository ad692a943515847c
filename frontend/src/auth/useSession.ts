/**
 * Who is logged in.
 *
 * The token is kept in sessionStorage: it survives a reload, ends with the tab, is not shared between tabs and is
 * never sent by the browser of its own accord, so there is nothing to forge a request with.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { ApiError, messageOf } from '../api/http';
import { createApi, type TodoApi } from '../api/todo';
import type { Session, User } from '../api/types';

const KEY = 'todo.token';

export type SessionState =
  | { state: 'checking' }
  | { state: 'unreachable'; reason: string; retry: () => void }
  | { state: 'signed-out'; notice: string | undefined; begin: (session: Session) => void }
  | { state: 'signed-in'; user: User; api: TodoApi; end: () => void };

export function useSession(): SessionState {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEY));
  const [user, setUser] = useState<User>();
  const [notice, setNotice] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  const finish = useCallback((reason?: string) => {
    sessionStorage.removeItem(KEY);
    setToken(null);
    setUser(undefined);
    setNotice(reason);
  }, []);

  const begin = useCallback((session: Session) => {
    sessionStorage.setItem(KEY, session.access_token);
    setNotice(undefined);
    setUser(session.user);
    setToken(session.access_token);
  }, []);

  const api = useMemo(() => {
    if (token === null) return undefined;
    return createApi(token, () => {
      // A request may outlive its session; its refusal then says nothing of the present one.
      if (sessionStorage.getItem(KEY) === token) finish('Your session has ended. Log in again.');
    });
  }, [token, finish]);

  // After a reload there is a token and no user: ask whose it is.
  const known = user !== undefined;
  useEffect(() => {
    if (!api || known) return;
    let current = true;
    api.me().then(
      (found) => current && setUser(found),
      (error: unknown) => {
        const refused = error instanceof ApiError && error.status === 401;
        if (current && !refused) setFailure(messageOf(error));
      },
    );
    return () => {
      current = false;
    };
  }, [api, known, attempt]);

  if (!api) return { state: 'signed-out', notice, begin };
  if (user) return { state: 'signed-in', user, api, end: () => finish() };
  if (failure === undefined) return { state: 'checking' };
  const retry = () => {
    setFailure(undefined);
    setAttempt((count) => count + 1);
  };
  return { state: 'unreachable', reason: failure, retry };
}
