/** The REST contract, as the backend serves it. */

export interface User {
  id: string;
  email: string;
  name: string | null;
}

export interface Session {
  access_token: string;
  token_type: 'bearer';
  /** Seconds. */
  expires_in: number;
  user: User;
}

/** A login of the user, on this device or another. */
export interface OpenSession {
  id: string;
  /** The User-Agent of the login, which may be empty. */
  client: string;
  created_at: string;
  refreshed_at: string;
  expires_at: string;
  /** Whether it is the one that asks. */
  current: boolean;
}

export interface PersonalToken {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  /** null: good until it is revoked */
  expires_at: string | null;
}

export interface NewPersonalToken extends PersonalToken {
  /** In the answer to its making only. */
  token: string;
}

export type Priority = 'none' | 'low' | 'medium' | 'high';

export interface Task {
  /** What the user and the assistant call it by: 1, 2, 3 … for each user. */
  id: number;
  user_id: string;
  title: string;
  description: string;
  completed: boolean;
  completed_at: string | null;
  priority: Priority;
  tags: string[];
  due_at: string | null;
  created_at: string;
  updated_at: string;
}

/** The fields to change; the others stay as they are. */
export type TaskChange = Partial<Pick<Task, 'title' | 'description' | 'priority' | 'tags' | 'due_at'>>;

export const TITLE_LIMIT = 200;
export const DESCRIPTION_LIMIT = 1000;
export const MESSAGE_LIMIT = 4000;
export const TOKEN_NAME_LIMIT = 100;
export const SEARCH_LIMIT = 200;

export type TaskStatus = 'all' | 'pending' | 'completed';

export type TaskSort = 'created' | '-created' | 'title' | '-title' | 'due_date' | 'priority';

/** Which tasks a list holds, those that fit all of it, and in which order. */
export interface TaskQuery {
  status: TaskStatus;
  /** Empty for any. */
  priority: Priority | '';
  /** Without the #; empty for any. */
  tag: string;
  /** Words that title, description or tags contain. */
  q: string;
  sort: TaskSort;
}

export interface TaskPage {
  tasks: Task[];
  /** How many there are on the server, whatever part of them this is. */
  total: number;
}

export interface ToolCall {
  name: string;
  arguments: Record<string, unknown>;
  result: unknown;
  /** undefined while it is being made */
  ok: boolean | undefined;
}

/** Changes that wait for the user's yes; `summary` is what a call would do, in words. */
export interface Approval {
  id: number;
  calls: { summary: string }[];
}

/** What the user says, or the button that was pressed below a question. */
export type Said = { message: string } | { approval: { id: number; accept: boolean } };

export interface ChatTurn {
  conversation_id: number;
  response: string;
  tool_calls: ToolCall[];
  /** `rule-based`, or the name of the model. */
  answered_by: string;
  /** What the response asks about. */
  approval: Approval | null;
}

/** What the problem says of a turn that was broken off: where it is stored, and what it had done by then. */
export interface BrokenTurn {
  conversation_id: number;
  tool_calls: ToolCall[];
}

export interface Conversation {
  id: number;
}

export interface OpenConversation extends Conversation {
  /** What waits for a yes. */
  approval: Approval | null;
}

export interface StoredMessage {
  id: number;
  role: 'user' | 'assistant';
  content: string;
  tool_calls: ToolCall[];
  answered_by: string | null;
}
