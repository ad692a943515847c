/**
 * Calls of someone who is logged in. The access token is kept in memory only and is short; when it has expired, it is
 * renewed by the cookie of the session, which no script can read, and the call is made again.
 */
import { ApiError, call, type Call } from '../api/http';
import { refresh } from '../api/todo';
import type { Session } from '../api/types';

export interface Access {
  call: Call;
  /** Ends the session. @returns why it could not be ended at the backend, if so */
  end: () => Promise<string | undefined>;
}

/** @param onChanged called once, when the session has ended (undefined) or another user has logged in in another tab */
export function createAccess(session: Session, onChanged: (next: Session | undefined) => void): Access {
  let token = session.access_token;
  let over = false;

  /** @returns whether there is a new token; never one of another user, for whom a call was not meant */
  async function renew(): Promise<boolean> {
    const next = await refresh();
    if (over) return false;
    if (next?.user.id === session.user.id) {
      token = next.access_token;
      return true;
    }
    over = true;
    onChanged(next);
    return false;
  }

  return {
    async call(method, path, body, ...rest) {
      const used = token;
      try {
        return await call(method, path, body, used, ...rest);
      } catch (error) {
        const refused = error instanceof ApiError && error.status === 401 && !over;
        if (!refused || (used === token && !(await renew()))) throw error;
        return call(method, path, body, token, ...rest);
      }
    },

    async end() {
      over = true;
      try {
        await call('POST', '/api/auth/logout', undefined, token);
        return undefined;
      } catch {
        return 'The server could not be told that you logged out. Log in and out again if others use this browser.';
      }
    },
  };
}
