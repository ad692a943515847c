/** What is between the page and the backend: the browser's cookie, and a network of which a test decides how it fails. */
import { inject } from 'vitest';
import { readEvents, type ServerEvent } from '../../src/api/events';
import { cookieOf, HOST } from './person';
import type { Backends } from './serve';

interface Plan {
  method: string;
  path: string;
  /** What the request waits for. */
  until?: Promise<void>;
  /** What is answered without the backend. */
  answer?: () => Response;
  /** Once the backend has answered, of which the page gets nothing: what it gets instead. */
  lose?: () => Response;
  /** Called when the backend has answered, of which the page gets nothing. */
  onDone?: () => void;
  /** The event after which the connection is lost, or after which nothing more comes. */
  last?: string;
  isStalled?: boolean;
  /** Whether the backend does not notice, and goes on to the end. */
  goesOn?: boolean;
}

export function createNetwork() {
  const send = globalThis.fetch;
  const planned: Plan[] = [];
  const requests: string[] = [];
  const bodies: unknown[] = [];
  /** What the page has sent to prove who it is, and what of that counts no more. */
  const used = new Set<string>();
  const expired = new Set<string>();
  const network = {
    /** Every request of the page so far, as "METHOD /path?query". */
    requests,
    /** What was sent with them, where something was. */
    bodies,
    /** The cookie of the session, '' for none. */
    cookie: '',
    /** Which of the backends the page talks to. */
    to: 'backend' as keyof Backends,
    fetch,

    /** Makes the access tokens that the page has used be refused, as those are that have expired. */
    expireTokens: () => used.forEach((token) => expired.add(token)),

    /** Keeps the next request like this one waiting. @returns lets it go */
    holdOnce(method: string, path: string) {
      return hold({ method, path });
    },

    /** Keeps the next request like this one waiting, to fail then. @returns lets it go */
    failLate(method: string, path: string, status: number, detail: string) {
      return hold({ method, path, answer: () => problem(status, detail) });
    },

    /** Lets the next request like this one fail. */
    failOnce(method: string, path: string, status: number, detail: string) {
      planned.push({ method, path, answer: () => problem(status, detail) });
    },

    /** Lets the backend do what the next request like this one asks for, and loses the answer. */
    loseOnce(method: string, path: string) {
      planned.push({ method, path, lose: () => problem(502, 'The backend closed the connection before it answered.') });
    },

    /** As that, and the connection with it. */
    dropOnce(method: string, path: string) {
      const lose = () => {
        throw new TypeError('The connection was lost.');
      };
      planned.push({ method, path, lose });
    },

    /** Loses the connection of the next request like this one as soon as its answer has brought an event of this kind. */
    cutAfter(method: string, path: string, last: string) {
      planned.push({ method, path, last });
    },

    /** As that, but the backend does not notice, and goes on to the end. */
    leaveAfter(method: string, path: string, last: string) {
      planned.push({ method, path, last, goesOn: true });
    },

    /** Answers the next request like this one, as soon as it is let go. @returns lets it go */
    answerLate(method: string, path: string, body: unknown) {
      return hold({ method, path, answer: () => Response.json(body) });
    },

    /** Lets the backend do what the next request like this one asks for; no answer comes. @returns resolves when it is done */
    stall(method: string, path: string) {
      return new Promise<void>((onDone) => planned.push({ method, path, onDone }));
    },

    /** Nothing more comes of the next request like this one after an event of this kind, until the page ends it. */
    stallAfter(method: string, path: string, last: string) {
      planned.push({ method, path, last, isStalled: true });
    },
  };

  function hold(plan: Plan): () => void {
    let release = () => {};
    planned.push({ ...plan, until: new Promise((resolve) => (release = resolve)) });
    return () => release();
  }

  /** For the page, which asks its own origin. */
  async function fetch(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, inject('backends')[network.to]);
    const method = init.method ?? 'GET';
    requests.push(`${method} ${url.pathname}${url.search}`);
    if (typeof init.body === 'string') bodies.push(JSON.parse(init.body));
    const index = planned.findIndex((one) => one.method === method && one.path === url.pathname);
    const [plan] = index < 0 ? [] : planned.splice(index, 1);
    const headers = new Headers(init.headers);
    const token = headers.get('authorization');
    if (token) used.add(token);
    if (token && expired.has(token)) headers.set('authorization', `${token}-expired`);
    if (url.pathname.startsWith('/api/auth/') && network.cookie) headers.set('cookie', network.cookie);
    headers.set('x-forwarded-host', HOST);
    if (method !== 'GET') headers.set('origin', `http://${HOST}`);
    if (plan?.until) await Promise.race([plan.until, aborted(init.signal)]);
    if (plan?.answer) return plan.answer();
    if (plan?.onDone) {
      await (await send(url, { ...init, headers, signal: null })).text();
      plan.onDone();
      return aborted(init.signal);
    }
    const response = await send(url, { ...init, headers });
    network.cookie = cookieOf(response) ?? network.cookie;
    if (plan?.lose) {
      await response.text();
      return plan.lose();
    }
    if (!plan?.last || !response.body) return response;
    const end = plan.isStalled ? () => aborted(init.signal) : () => Promise.reject(new TypeError('The connection was lost.'));
    return new Response(cut(response.body, plan, end), response);
  }

  return network;
}

function problem(status: number, detail: string): Response {
  const body = JSON.stringify({ type: 'about:blank', title: 'Problem', status, detail });
  return new Response(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

function cut(body: ReadableStream<Uint8Array>, { last, goesOn }: Plan, end: () => Promise<never>): ReadableStream<Uint8Array> {
  const events = readEvents(body);
  let isCut = false;
  return new ReadableStream({
    async pull(controller) {
      if (isCut) await end();
      const { value, done } = (await events.next()) as IteratorResult<ServerEvent, undefined>;
      if (done) return controller.close();
      controller.enqueue(new TextEncoder().encode(`event: ${value.kind}\ndata: ${JSON.stringify(value.data)}\n\n`));
      isCut = value.kind === last;
      if (isCut && goesOn) void drain(events);
      else if (isCut) await events.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function drain(events: AsyncGenerator<ServerEvent>) {
  while (!(await events.next()).done);
}

/** Fails as soon as the caller ends the request. */
function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('The request was ended.', 'AbortError')));
  });
}
