/** JSON over fetch, with failures as sentences a person can read. */

import { readEvents, type ServerEvent } from './events';

/** What an ApiError says of a call that its caller has ended. */
export const STOPPED = 'Stopped.';

export class ApiError extends Error {
  /** The HTTP status, or 0 when there was no answer at all. */
  readonly status: number;
  /** The problem document, where the answer was one. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, problem: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

export interface Reply<T> {
  body: T;
  headers: Headers;
}

/** For an answer that comes as events: gets each of them; `signal` ends it. */
export interface Listener {
  onEvent: (event: ServerEvent) => void;
  signal: AbortSignal;
}

/** See `call`. @throws {ApiError} */
export type Call = <T>(method: string, path: string, body?: unknown, listener?: Listener, key?: string) => Promise<Reply<T>>;

/**
 * @param body sent as JSON unless undefined
 * @param listener for an answer in events; the last one, `done` or `error`, is what any other answer would be
 * @param key of an addition: the same one again adds nothing
 * @throws {ApiError}
 */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  token?: string,
  listener?: Listener,
  key?: string,
): Promise<Reply<T>> {
  const headers: Record<string, string> = { accept: listener ? 'text/event-stream' : 'application/json' };
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key) headers['idempotency-key'] = key;

  let response: Response;
  let text: string;
  try {
    const sent = body === undefined ? null : JSON.stringify(body);
    response = await fetch(path, { method, headers, body: sent, signal: listener?.signal ?? null });
    if (listener && response.ok && response.body) return { body: await last<T>(response.body, listener), headers: response.headers };
    text = await response.text();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (listener?.signal.aborted) throw new ApiError(0, STOPPED);
    throw new ApiError(0, 'The server cannot be reached. Check the connection and try again.');
  }
  const content = parse(text);
  if (!response.ok) {
    const problem = isObject(content) ? content : {};
    throw new ApiError(response.status, explain(response.status, problem), problem);
  }
  return { body: content as T, headers: response.headers };
}

/** What is gone already may have gone by this very request, which a server on the way repeats if its answer is lost. */
export async function deleteIfThere(ask: Call, path: string): Promise<void> {
  try {
    await ask('DELETE', path);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** @returns the data of the event `done` */
async function last<T>(body: ReadableStream<Uint8Array>, { onEvent }: Listener): Promise<T> {
  for await (const event of readEvents(body)) {
    if (event.kind === 'done') return event.data as T;
    if (event.kind === 'error') {
      const status = Number(event.data['status']);
      throw new ApiError(status, explain(status, event.data), event.data);
    }
    onEvent(event);
  }
  throw new ApiError(0, 'The connection ended before the answer was complete.');
}

/** Whether what was asked for may have been done all the same. */
export function isUnclear(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The `detail` of an RFC 9457 problem; a plain sentence where there is none. */
function explain(status: number, { detail }: Record<string, unknown>): string {
  if (typeof detail === 'string' && detail !== '') return detail;
  return status >= 500
    ? `The server could not answer (${status}). Try again in a moment.`
    : `The server refused this (${status}).`;
}
