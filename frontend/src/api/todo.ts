/** What the page asks the backend for, one function a call. */
import { ApiError, call, deleteIfThere, type Call, type Listener } from './http';
import type {
  ChatTurn,
  Conversation,
  ListParameters,
  NewTask,
  OpenConversation,
  Said,
  Session,
  StoredMessage,
  Task,
  TaskChange,
} from './types';

export interface TaskPage {
  tasks: Task[];
  /** How many there are on the server, whatever part of them this is. */
  total: number;
  /** The address of the next page, undefined on the last one. */
  next: string | undefined;
}

interface Page<T> {
  items: T[];
  /** The address of the next page, undefined on the last one. */
  next: string | undefined;
}

/** The most the backend returns at a time. */
const PAGE = 200;
/** Of a conversation that is opened its end is looked at first. */
const MESSAGES = 50;

let refreshing: Promise<Session | undefined> | undefined;

/**
 * A new access token for the session that this browser has a cookie of; callers at the same time share one request.
 * @returns undefined if there is no session, or it has ended; 404 is the answer of 0.1.0, which has none
 */
export function refresh(): Promise<Session | undefined> {
  refreshing ??= call<Session | undefined>('POST', '/api/auth/refresh')
    .then(
      ({ body }) => body,
      (error: unknown) => {
        if (error instanceof ApiError && [401, 404].includes(error.status)) return undefined;
        throw error;
      },
    )
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}

export type TodoApi = ReturnType<typeof createApi>;

export function createApi(ask: Call) {
  return {
    /** For what else is asked as this person. */
    call: ask,

    /** @param page what `next` of the page before it says, undefined for the first */
    async listTasks(query: ListParameters, page?: string): Promise<TaskPage> {
      const asked = Object.entries({ ...query, limit: PAGE, count: true } satisfies ListParameters);
      const parameters = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]));
      const { body, headers } = await ask<Task[]>('GET', page ?? `/api/me/tasks?${parameters.toString()}`);
      return { tasks: body, total: Number(headers.get('x-total-count') ?? body.length), next: nextPage(headers) };
    },

    /** @param key the same one again adds nothing, and is refused (409) where that task was deleted */
    async addTask(task: NewTask, key?: string): Promise<Task> {
      return (await ask<Task>('POST', '/api/me/tasks', task, undefined, key)).body;
    },

    async updateTask(id: number, change: TaskChange): Promise<Task> {
      return (await ask<Task>('PATCH', `/api/me/tasks/${id}`, change)).body;
    },

    deleteTask: (id: number) => deleteIfThere(ask, `/api/me/tasks/${id}`),

    /** Takes a deletion back: the task is as it was. */
    async restoreTask(id: number): Promise<Task> {
      return (await ask<Task>('POST', `/api/me/tasks/${id}/restore`)).body;
    },

    /**
     * One turn; `listener` gets what happens until it is answered.
     * @param after the last message that is shown: refused (409) where more was said in the conversation elsewhere
     */
    async chat(said: Said, conversation: number | undefined, after: number | undefined, listener: Listener): Promise<ChatTurn> {
      // Dates are read and told as the visitor's clock has them.
      const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      // Without a value they are left out.
      const body = { ...said, time_zone, conversation_id: conversation, after };
      return (await ask<ChatTurn>('POST', '/api/me/chat/stream', body, listener)).body;
    },

    async conversation(id: number): Promise<OpenConversation> {
      return (await ask<OpenConversation>('GET', `/api/me/conversations/${id}`)).body;
    },

    /** The last used first. @param page what `next` of the page before it says, undefined for the first */
    async listConversations(page?: string): Promise<Page<Conversation>> {
      const { body, headers } = await ask<Conversation[]>('GET', page ?? '/api/me/conversations');
      return { items: body, next: nextPage(headers) };
    },

    /** The newest first. @param page as above */
    async listMessages(conversation: number, page?: string): Promise<Page<StoredMessage>> {
      const first = `/api/me/conversations/${conversation}/messages?order=newest&limit=${MESSAGES}`;
      const { body, headers } = await ask<StoredMessage[]>('GET', page ?? first);
      return { items: body, next: nextPage(headers) };
    },
  };
}

/** The address of the next page, undefined on the last one. */
function nextPage(headers: Headers): string | undefined {
  return /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}
