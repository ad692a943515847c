/** JSON over fetch, with failures as sentences a person can read. */

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

/** @throws {ApiError} */
export type Call = <T>(method: string, path: string, body?: unknown) => Promise<Reply<T>>;

/**
 * @param body sent as JSON unless undefined
 * @throws {ApiError}
 */
export async function call<T>(method: string, path: string, body?: unknown, token?: string): Promise<Reply<T>> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';

  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    text = await response.text();
  } catch {
    throw new ApiError(0, 'The server cannot be reached. Check the connection and try again.');
  }
  const content = parse(text);
  if (!response.ok) {
    const problem = isObject(content) ? content : {};
    throw new ApiError(response.status, explain(response.status, problem), problem);
  }
  return { body: content as T, headers: response.headers };
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
