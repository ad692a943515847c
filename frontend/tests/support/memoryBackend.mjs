/** A backend that speaks the REST and chat contract from memory: a real server for tests to talk to. */
import { createServer } from 'node:http';
import { listen } from './listen.mjs';
import { createMemoryAccounts } from './memoryAccount.mjs';
import { normalize, refuseFields, refuseQuery, select } from './memoryTasks.mjs';

/** @typedef {{ status: number, body?: unknown, headers?: Record<string, string> }} Answer */
/** @typedef {import('./memoryTasks.mjs').Task} Task */
/** @typedef {{ conversation_id: number, response: string, answered_by: string,
 *   tool_calls: { name: string, arguments: Record<string, unknown>, result: unknown, ok: boolean }[],
 *   approval?: object }} Turn */

const NOW = '2026-01-02T03:04:05Z';

/** @param {Turn} turn as the backend streams it */
function* eventsOf(turn) {
  /** @param {string} kind @param {object} data */
  const event = (kind, data) => `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  yield event('start', { conversation_id: turn.conversation_id, answered_by: turn.answered_by });
  for (const [index, call] of turn.tool_calls.entries()) {
    yield event('tool_call', { id: index + 1, name: call.name, arguments: call.arguments });
    yield event('tool_result', { id: index + 1, ok: call.ok, result: call.result });
  }
  yield event('done', turn);
}

export async function startMemoryBackend() {
  /** @type {Map<string, string>} email → password */
  const accounts = new Map();
  /** @type {Task[]} */
  let tasks = [];
  /** @type {Task[]} */
  const deleted = [];
  /** @type {{ id: number, owner: string, messages: Record<string, unknown>[] }[]} */
  const conversations = [];
  let begun = 0;
  /** @param {(typeof conversations)[number]} conversation */
  const outlined = ({ id, messages }) => ({ id, title: messages[0]?.content, created_at: NOW, updated_at: NOW });
  /** @type {{ method: string, path: string, answer?: Answer, until?: Promise<void> }[]} */
  const planned = [];
  /** @type {{ detail: string, did: boolean }[]} turns that will be broken off */
  const brokenOff = [];
  /** @type {string[]} */
  const requests = [];
  /** @type {unknown[]} */
  const bodies = [];
  /** @param {number} status @param {string} detail @param {object} [extra] @returns {Answer} */
  const problem = (status, detail, extra) => ({
    status,
    body: { type: 'about:blank', title: 'Problem', status, detail, ...extra },
  });
  /** @param {string} email */
  const user = (email) => ({ id: `user-${email}`, email, name: null });
  /** @type {Map<string, number>} email → how often the access tokens so far have expired */
  const expired = new Map();
  /** @param {string} email */
  const tokenOf = (email) => `token-${email}-${expired.get(email) ?? 0}`;
  /** @param {string} email @param {number} status @returns {Answer} */
  const session = (email, status = 200) => ({
    status,
    body: { access_token: tokenOf(email), token_type: 'bearer', expires_in: 900, user: user(email) },
    headers: { 'set-cookie': `session=${email}` },
  });

  const account = createMemoryAccounts(problem);

  /** @param {string} title @param {string} description @param {string} owner */
  function add(title, description, owner) {
    const own = [...tasks, ...deleted].filter((one) => one.user_id === owner);
    const id = Math.max(0, ...own.map((one) => one.id)) + 1;
    const more = { completed_at: null, priority: 'none', tags: [], due_at: null, created_at: NOW, updated_at: NOW };
    const task = { id, user_id: owner, title, description, completed: false, ...more };
    tasks.unshift(task);
    return task;
  }

  /** @param {string} owner @param {string} message @returns {Omit<Turn, 'conversation_id'>} */
  function reply(owner, message) {
    const wanted = /^add a task to (.+)$/i.exec(message)?.[1];
    if (!wanted) return { response: 'I did not understand that.', tool_calls: [], answered_by: 'rule-based' };
    const { id, title } = add(wanted, '', owner);
    return {
      response: `Added “${title}”.`,
      tool_calls: [{ name: 'add_task', arguments: { title }, result: { task_id: id, status: 'created', title }, ok: true }],
      answered_by: 'rule-based',
    };
  }

  /** @param {string} method @param {URL} url @param {import('node:http').IncomingHttpHeaders} headers
   * @param {Record<string, unknown>} body @returns {Answer} */
  function answer(method, url, headers, body) {
    const token = (headers.authorization ?? '').replace('Bearer ', '');
    const { pathname, searchParams } = url;
    const email = String(body.email);
    if (pathname === '/api/auth/register') {
      if (accounts.has(email)) return problem(409, 'An account with this email exists already.');
      accounts.set(email, String(body.password));
      return session(email, 201);
    }
    if (pathname === '/api/auth/login') {
      if (accounts.get(email) !== body.password) return problem(401, 'Email or password is wrong.');
      return session(email);
    }
    const remembered = /^session=(.+)$/.exec(headers.cookie ?? '')?.[1];
    if (pathname === '/api/auth/refresh') {
      if (!remembered) return { status: 204 };
      return accounts.has(remembered) ? session(remembered) : problem(401, 'The session has ended.');
    }
    if (pathname === '/api/auth/logout') return { status: 204, headers: { 'set-cookie': 'session=' } };
    const caller = /^token-(.+)-\d+$/.exec(token)?.[1] ?? '';
    if (!accounts.has(caller) || token !== tokenOf(caller)) return problem(401, 'The token is not valid.');
    const { id: owner } = user(caller);
    const ofAccount = account.answer(method, pathname, owner, headers['user-agent'] ?? '', body);
    if (ofAccount) return ofAccount;

    if (pathname === '/api/me/tasks' && method === 'GET') {
      const refused = refuseQuery(searchParams);
      if (refused) return problem(422, refused);
      const found = select(tasks.filter((one) => one.user_id === owner), searchParams);
      const start = Number(searchParams.get('cursor') ?? 0);
      const end = start + Number(searchParams.get('limit') ?? 200);
      /** @type {Record<string, string>} */
      const more = {};
      if (searchParams.get('count') === 'true') more['x-total-count'] = String(found.length);
      if (end < found.length) {
        searchParams.set('cursor', String(end));
        more.link = `<${pathname}?${searchParams.toString()}>; rel="next"`;
      }
      return { status: 200, body: found.slice(start, end), headers: more };
    }
    if (pathname === '/api/me/tasks') {
      const refused = refuseFields(body);
      if (refused) return problem(422, refused);
      return { status: 201, body: Object.assign(add(String(body.title), '', owner), normalize(body)) };
    }
    const [, id, action] = /^\/api\/me\/tasks\/(\d+)(\/complete|\/restore)?$/.exec(pathname) ?? [];
    if (id && action === '/restore') {
      const index = deleted.findIndex((one) => one.id === Number(id) && one.user_id === owner);
      const [task] = index < 0 ? [] : deleted.splice(index, 1);
      if (!task) return problem(404, `There is no task ${id}.`);
      tasks = [...tasks, task].sort((a, b) => b.id - a.id);
      return { status: 200, body: task };
    }
    if (id) {
      const task = tasks.find((one) => one.id === Number(id) && one.user_id === owner);
      if (!task) return problem(404, `There is no task ${id}.`);
      if (method === 'DELETE') {
        tasks = tasks.filter((one) => one !== task);
        deleted.push(task);
        return { status: 204 };
      }
      const refused = refuseFields(body);
      if (refused) return problem(422, refused);
      Object.assign(task, action ? { completed: body.completed ?? !task.completed } : normalize(body));
      return { status: 200, body: task };
    }

    if (pathname === '/api/me/chat/stream') {
      let conversation = conversations.find((one) => one.id === body.conversation_id);
      if (!conversation) conversations.push((conversation = { id: ++begun, owner, messages: [] }));
      const broken = brokenOff.shift();
      const turn = broken?.did === false ? { response: '', tool_calls: [], answered_by: 'a-model' } : reply(owner, String(body.message));
      if (broken) turn.response = `I could not finish this. ${broken.detail}`;
      const { response: content, ...rest } = turn;
      const said = conversation.messages.length;
      conversation.messages.push(
        { id: said + 1, role: 'user', content: body.message, tool_calls: [], answered_by: null },
        { id: said + 2, role: 'assistant', content, ...rest },
      );
      const { id: conversation_id } = conversation;
      if (broken) return problem(503, broken.detail, { conversation_id, tool_calls: turn.tool_calls });
      return { status: 200, body: { conversation_id, ...turn } };
    }
    const own = conversations.filter((one) => one.owner === owner);
    if (pathname === '/api/me/conversations') return { status: 200, body: own.map(outlined).reverse() };
    const [, number, part] = /^\/api\/me\/conversations\/(\d+)(\/messages)?$/.exec(pathname) ?? [];
    const index = conversations.findIndex((one) => one.id === Number(number) && one.owner === owner);
    const found = conversations[index];
    if (number && !found) return problem(404, `There is no conversation ${number}.`);
    if (found && method === 'DELETE') {
      conversations.splice(index, 1);
      return { status: 204 };
    }
    if (found && !part) return { status: 200, body: { ...outlined(found), approval: null } };
    if (found) {
      // The newest first, as the page asks for them.
      const end = Number(searchParams.get('before') ?? found.messages.length + 1) - 1;
      const start = Math.max(0, end - Number(searchParams.get('limit')));
      searchParams.set('before', String(start + 1));
      const link = `<${pathname}?${searchParams.toString()}>; rel="next"`;
      return { status: 200, body: found.messages.slice(start, end).reverse(), headers: start > 0 ? { link } : {} };
    }
    return problem(404, 'Not found.');
  }

  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const url = new URL(request.url ?? '/', 'http://backend');
      const method = request.method ?? 'GET';
      requests.push(`${method} ${url.pathname}${url.search}`);
      /** @type {Record<string, unknown>} */
      const body = {};
      if (text) Object.assign(body, JSON.parse(text));
      if (text) bodies.push({ ...body });
      const index = planned.findIndex((one) => one.method === method && one.path === url.pathname);
      const plan = index >= 0 ? planned.splice(index, 1)[0] : undefined;
      await plan?.until;
      const { status, body: content, headers } = plan?.answer ?? answer(method, url, request.headers, body);
      if (status === 200 && url.pathname === '/api/me/chat/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of eventsOf(/** @type {Turn} */ (content))) response.write(event);
        response.end();
        return;
      }
      const type = status >= 400 ? 'application/problem+json' : 'application/json';
      response.writeHead(status, { ...headers, 'content-type': type });
      response.end(content === undefined ? undefined : JSON.stringify(content));
    })();
  });

  return {
    ...(await listen(server)),
    /** Every request so far, as "METHOD /path?query". */
    requests,
    /** What was sent with them, where something was. */
    bodies,
    /** @param {string} email @returns {string} the cookie of a session of a new account */
    account(email) {
      accounts.set(email, 'correct horse');
      return `session=${email}`;
    },
    /** Refuses the account's sessions and tokens from now on. @param {string} email */
    forget: (email) => accounts.delete(email),
    /** Refuses the account's access tokens so far. @param {string} email */
    expire: (email) => expired.set(email, (expired.get(email) ?? 0) + 1),
    /** @param {string} email @param {string} title @param {string} [description] @param {Partial<Task>} [fields] */
    addTask: (email, title, description = '', fields = {}) => Object.assign(add(title, description, user(email).id), fields),
    /** @param {string} email @param {string} title */
    removeTask(email, title) {
      tasks = tasks.filter((one) => one.user_id !== user(email).id || one.title !== title);
    },
    /** @param {string} email */
    titles: (email) => tasks.filter((one) => one.user_id === user(email).id).map((one) => one.title),
    /** @param {string} email @param {string} client the User-Agent of another login */
    addSession: (email, client) => account.addSession(user(email).id, client),
    /** @param {string} email */
    otherSessions: (email) => account.otherSessionsOf(user(email).id),
    /** @param {string} email @param {string} name @param {Parameters<typeof account.addToken>[2]} [more] */
    addToken: (email, name, more) => account.addToken(user(email).id, name, more),
    /** @param {string} email */
    tokens: (email) => account.tokensOf(user(email).id),
    conversationCount: () => conversations.length,
    /** Keeps the next request like this one waiting. @param {string} method @param {string} path @returns {() => void} lets it go */
    holdOnce(method, path) {
      let release = () => {};
      planned.push({ method, path, until: new Promise((resolve) => (release = resolve)) });
      return () => release();
    },
    /** Keeps the next request like this one waiting, to fail then. @param {string} method @param {string} path @param {number} status @param {string} detail @returns {() => void} lets it go */
    failLate(method, path, status, detail) {
      let release = () => {};
      planned.push({ method, path, answer: problem(status, detail), until: new Promise((resolve) => (release = resolve)) });
      return () => release();
    },
    /** Lets the next request like this one fail. @param {string} method @param {string} path @param {number} status @param {string} detail */
    failOnce(method, path, status, detail) {
      planned.push({ method, path, answer: problem(status, detail) });
    },
    /** Breaks the next chat turn off, stored like any other. @param {string} detail @param {boolean} did whether its steps were taken */
    breakOffOnce(detail, did) {
      brokenOff.push({ detail, did });
    },
    /** Makes the next such request answer this. @param {string} method @param {string} path @param {unknown} body */
    answerOnce(method, path, body) {
      planned.push({ method, path, answer: { status: 200, body } });
    },
  };
}
