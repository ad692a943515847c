/** The page's names for what the backend's OpenAPI document describes. */
import type { components, paths } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['UserOut'];
export type Session = Schemas['TokenOut'];
/** A login of the user, on this device or another. */
export type OpenSession = Schemas['SessionOut'];
export type PersonalToken = Schemas['PersonalTokenOut'];
/** With the token itself, which is in the answer to its making only. */
export type NewPersonalToken = Schemas['NewTokenOut'];

export type Task = Schemas['TaskOut'];
export type Priority = Task['priority'];
export type NewTask = Schemas['NewTask'];
/** The fields to change; the others stay as they are. */
export type TaskChange = Schemas['TaskChange'];
/** What a list of tasks can be asked for. */
export type ListParameters = NonNullable<paths['/api/{user_id}/tasks']['get']['parameters']['query']>;

export type ToolCall = Schemas['ToolCallOut'];
/** Changes that wait for the user's yes. */
export type Approval = Schemas['ApprovalOut'];
export type ChatTurn = Schemas['ChatOut'];
/** Something said, or the button that was pressed below a question. */
export type Said = { message: string } | { approval: Schemas['ButtonIn'] };
/** What the problem says of a turn that was broken off: where it is stored, in which words, unless the database failed,
 * and what it had done by then. */
export type BrokenTurn = Pick<ChatTurn, 'conversation_id' | 'tool_calls'> & Partial<Pick<ChatTurn, 'response'>>;
export type Conversation = Schemas['ConversationOut'];
export type OpenConversation = Schemas['OneConversationOut'];
export type StoredMessage = Schemas['MessageOut'];
