/** What is stored of a conversation once its last message is answered, however long that takes. */
import { ApiError, STOPPED } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { Approval, StoredMessage } from '../api/types';

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
