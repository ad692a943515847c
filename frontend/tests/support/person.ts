/** People with accounts in the real backend, where they also work past the page: by its API, as another program would. */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { Approval, ChatTurn, Conversation, NewPersonalToken, NewTask, OpenSession, PersonalToken, Session, Task, TaskChange } from '../../src/api/types';

export const PASSWORD = 'correct horse';
/** What every browser asks, whichever backend answers. */
export const HOST = 'todo.test';

const { backend } = inject('backends');
// The page gets another one, of which tests decide what becomes of a request.
const send = globalThis.fetch;

/** An address that nobody has registered. */
export const newEmail = () => `${randomUUID()}@example.org`;

/** The cookie that an answer sets, as it is sent back; '' where it takes it away. */
export function cookieOf(response: Response): string | undefined {
  const [cookie] = response.headers.getSetCookie();
  return cookie && (/;\s*max-age=0/i.test(cookie) ? '' : cookie.split(';')[0]);
}

export class Person {
  readonly #token: string;

  private constructor(
    readonly email: string,
    /** What the page calls them. */
    readonly name: string,
    /** That of the session, which only a page or a logout uses up. */
    readonly cookie: string,
    token: string,
  ) {
    this.#token = token;
  }

  static register = () => Person.#enter('register', newEmail());

  static async #enter(how: 'login' | 'register', email: string, client?: string): Promise<Person> {
    const headers = { 'content-type': 'application/json', 'x-forwarded-host': HOST, ...(client !== undefined && { 'user-agent': client }) };
    const body = JSON.stringify({ email, password: PASSWORD });
    const response = await send(`${backend}/api/auth/${how}`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${how}: ${await response.text()}`);
    const { access_token, user } = (await response.json()) as Session;
    return new Person(email, user.name ?? email, cookieOf(response) ?? '', access_token);
  }

  /** The same person in another session. @param client the User-Agent by which sessions are told apart */
  logIn = (client?: string) => Person.#enter('login', this.email, client);
  /** Ends this session, also for a page that has it. */
  logOut = () => this.#ask('POST', '/api/auth/logout');

  addTask = (title: string, fields: Omit<NewTask, 'title'> = {}) => this.#ask<Task>('POST', '/api/me/tasks', { title, ...fields });
  changeTask = (id: number, change: TaskChange) => this.#ask<Task>('PATCH', `/api/me/tasks/${id}`, change);
  deleteTask = (id: number) => this.#ask<void>('DELETE', `/api/me/tasks/${id}`);
  restoreTask = (id: number) => this.#ask<Task>('POST', `/api/me/tasks/${id}/restore`);
  task = (id: number) => this.#ask<Task>('GET', `/api/me/tasks/${id}`);

  /** @returns the titles of all tasks, the newest first */
  async titles(): Promise<string[]> {
    return (await this.#ask<Task[]>('GET', '/api/me/tasks')).map((task) => task.title);
  }

  async addTasks(...titles: string[]): Promise<void> {
    for (const title of titles) await this.addTask(title);
  }

  tokens = () => this.#ask<PersonalToken[]>('GET', '/api/auth/tokens');
  addToken = (name: string, days?: number) => this.#ask<NewPersonalToken>('POST', '/api/auth/tokens', { name, expires_in_days: days });
  /** As a program does that has it. */
  useToken = ({ token }: NewPersonalToken) => this.#ask('GET', '/api/me/tasks', undefined, token);

  async otherSessions(): Promise<OpenSession[]> {
    return (await this.#ask<OpenSession[]>('GET', '/api/auth/sessions')).filter((session) => !session.current);
  }

  async endOtherSessions(): Promise<void> {
    for (const { id } of await this.otherSessions()) await this.#ask('DELETE', `/api/auth/sessions/${id}`);
  }

  /** The last used first. */
  conversations = () => this.#ask<Conversation[]>('GET', '/api/me/conversations');
  say = (message: string, conversation_id?: number) => this.#ask<ChatTurn>('POST', '/api/me/chat', { message, conversation_id });

  deleteConversation = (id: number) => this.#ask<void>('DELETE', `/api/me/conversations/${id}`);

  /** Says yes to what the assistant asks in the conversation. */
  async approve(conversation_id: number): Promise<void> {
    const { approval } = await this.#ask<{ approval: Approval }>('GET', `/api/me/conversations/${conversation_id}`);
    await this.#ask('POST', '/api/me/chat', { conversation_id, approval: { id: approval.id, accept: true } });
  }

  async #ask<T>(method: string, path: string, body?: unknown, token = this.#token): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await send(backend + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
