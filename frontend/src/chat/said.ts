/** What is said in a conversation, as the page shows it. */
import type { Said, StoredMessage } from '../api/types';
import type { Step } from './draft';

export interface ChatMessage {
  /** Of one that was loaded. */
  id?: number;
  role: string;
  content: string;
  toolCalls: Step[];
  answeredBy: string | undefined;
  /** Whether it was refused, and something else said since. */
  isUnsent?: boolean;
}

/** A message that led to nothing. */
export interface Failure {
  /** What to send again, unless the answer would be the same for ever. */
  said: Said | undefined;
  /** Why, unless the conversation says so itself: then the turn is stored. */
  reason: string | undefined;
  /** The conversation where to see first what came of it, because the connection was lost meanwhile. */
  lost?: number;
  /** Whether it may be stored all the same: that is to be seen before anything is sent. */
  isUnclear?: boolean;
}

/** As the backend stores them. */
export function wordsOf(said: Said): string {
  // It brings "é", which can be one character or two, into one form.
  return 'message' in said ? said.message.normalize() : said.approval.accept ? 'Yes, do it.' : 'No.';
}

export function fromStored(stored: StoredMessage): ChatMessage {
  return {
    id: stored.id,
    role: stored.role,
    content: stored.content,
    toolCalls: stored.tool_calls,
    answeredBy: stored.answered_by ?? undefined,
  };
}
