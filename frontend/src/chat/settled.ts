/** What is stored of a conversation once its last message is answered, however long that takes. */
import { ApiError, STOPPED } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { Approval, Said, StoredMessage } from '../api/types';
import { wordsOf } from './said';

const LOOK_AGAIN_MS = 1_000;

interface Settled {
  approval: Approval | null;
  /** The newest first. */
  messages: StoredMessage[];
}

/** @throws {ApiError} where the backend cannot say it, and when `signal` ends the wait */
export async function settled(api: TodoApi, conversation: number, signal: AbortSignal): Promise<Settled> {
  for (;;) {
    const { approval, answering } = await api.conversation(conversation);
    // In this order: an answer that is stored between the two is seen.
    if (!answering) return { approval, messages: (await api.listMessages(conversation)).items };
    await pause(signal);
  }
}

/** What was there before a message that is looked for. */
export interface Before {
  /** Undefined for a message that begins one. */
  conversation: number | undefined;
  /** The id of the last message in it. */
  shown: number | undefined;
  /** The highest id of a conversation. */
  known: number;
}

interface Turn {
  conversation: number;
  /** The id of the message that was looked for. */
  message: number;
  approval: Approval | null;
  /** The answer, or the message itself where it has none. */
  last: StoredMessage | undefined;
}

/**
 * Looks for a message that may have been taken: the last one that was said.
 * @returns undefined where it is not stored
 * @throws {ApiError} as above
 */
export async function findTurn(api: TodoApi, said: Said, before: Before, signal: AbortSignal): Promise<Turn | undefined> {
  const begun = async () => (await api.listConversations()).items.find(({ id }) => id > before.known)?.id;
  const conversation = before.conversation ?? (await begun());
  if (conversation === undefined) return undefined;
  const { approval, messages } = await settled(api, conversation, signal);
  const message = messages.find(({ role }) => role === 'user');
  if (!message || message.id <= (before.shown ?? 0) || message.content !== wordsOf(said)) return undefined;
  return { conversation, message: message.id, approval, last: messages[0] };
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(new ApiError(0, STOPPED));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, LOOK_AGAIN_MS);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
