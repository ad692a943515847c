/** What the account view asks the backend for: loaded with it, not before. */
import { deleteIfThere, type Call } from './http';
import type { NewPersonalToken, OpenSession, PersonalToken } from './types';

export type AccountApi = ReturnType<typeof createAccountApi>;

export function createAccountApi(ask: Call) {
  return {
    /** Those that have not ended, the last used first. */
    async listSessions(): Promise<OpenSession[]> {
      return (await ask<OpenSession[]>('GET', '/api/auth/sessions')).body;
    },

    endSession: (id: string) => deleteIfThere(ask, `/api/auth/sessions/${id}`),

    /** The newest first. */
    async listTokens(): Promise<PersonalToken[]> {
      return (await ask<PersonalToken[]>('GET', '/api/auth/tokens')).body;
    },

    /** @param days how long it is good, undefined for until it is revoked */
    async makeToken(name: string, days: number | undefined): Promise<NewPersonalToken> {
      return (await ask<NewPersonalToken>('POST', '/api/auth/tokens', { name, expires_in_days: days })).body;
    },

    revokeToken: (id: string) => deleteIfThere(ask, `/api/auth/tokens/${id}`),
  };
}
