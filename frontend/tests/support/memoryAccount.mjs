/** The part of the memory backend that speaks /api/auth/sessions and /api/auth/tokens. */
import { randomBytes, randomUUID } from 'node:crypto';

/** @typedef {import('./memoryBackend.mjs').Answer} Answer */
/** @typedef {{ id: string, client: string, created_at: string, refreshed_at: string, expires_at: string }} Session */
/** @typedef {{ id: string, name: string, created_at: string, last_used_at: string | null, expires_at: string | null }} Token */

const NOW = '2026-01-02T03:04:05Z';
const MAX_TOKENS = 50;
const DAY = 24 * 60 * 60 * 1000;

/** @param {(status: number, detail: string) => Answer} problem */
export function createMemoryAccounts(problem) {
  /** @type {Map<string, Session[]>} owner → the sessions besides the one that asks */
  const others = new Map();
  /** @type {Map<string, Session>} owner → the session that asks */
  const asking = new Map();
  /** @type {Map<string, Token[]>} owner → the newest first */
  const tokens = new Map();

  /** @template T @param {Map<string, T[]>} map @param {string} owner @returns {T[]} */
  function listOf(map, owner) {
    const list = map.get(owner) ?? [];
    map.set(owner, list);
    return list;
  }

  /** @param {string} client @returns {Session} */
  const newSession = (client) => ({ id: randomUUID(), client, created_at: NOW, refreshed_at: NOW, expires_at: '2026-01-16T03:04:05Z' });

  /** @param {string} owner @param {string} name @param {Partial<Token>} [more] */
  function addToken(owner, name, more) {
    const token = { id: randomUUID(), name, created_at: NOW, last_used_at: null, expires_at: null, ...more };
    listOf(tokens, owner).unshift(token);
    return token;
  }

  /** @template {{ id: string }} T @param {T[]} list @param {string} id @param {string} missing @returns {Answer} */
  function drop(list, id, missing) {
    const index = list.findIndex((one) => one.id === id);
    if (index < 0) return problem(404, missing);
    list.splice(index, 1);
    return { status: 204 };
  }

  /** @param {string} method @param {string} pathname @param {string} owner @param {string} client the User-Agent
   * @param {Record<string, unknown>} body @returns {Answer | undefined} undefined for what is not about accounts */
  function answer(method, pathname, owner, client, body) {
    const [, kind, id] = /^\/api\/auth\/(sessions|tokens)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    if (kind === 'sessions') {
      const rest = listOf(others, owner);
      if (id) return drop(rest, id, `No session ${id}. It may have ended already.`);
      const own = asking.get(owner) ?? newSession(client);
      asking.set(owner, own);
      return { status: 200, body: [{ ...own, current: true }, ...rest.map((one) => ({ ...one, current: false }))] };
    }
    if (kind !== 'tokens') return undefined;
    const own = listOf(tokens, owner);
    if (id) return drop(own, id, `No personal token ${id}. It may have been revoked already.`);
    if (method === 'GET') return { status: 200, body: own };
    if (own.length >= MAX_TOKENS) {
      return problem(409, `You have ${MAX_TOKENS} personal tokens, the most there can be. Revoke one first.`);
    }
    const days = body.expires_in_days;
    const expires = typeof days === 'number' ? new Date(Date.now() + days * DAY).toISOString() : null;
    const made = addToken(owner, String(body.name), { expires_at: expires });
    return { status: 201, body: { ...made, token: `todo_pat_${randomBytes(32).toString('base64url')}` } };
  }

  return {
    answer,
    addToken,
    /** @param {string} owner @param {string} client */
    addSession: (owner, client) => void listOf(others, owner).push(newSession(client)),
    /** @param {string} owner */
    tokensOf: (owner) => listOf(tokens, owner),
    /** @param {string} owner */
    otherSessionsOf: (owner) => listOf(others, owner),
  };
}
