/** An answer that asks for a yes ends with a list of the changes and the question, which its card shows with buttons. */
import type { Approval } from '../api/types';
import type { ChatMessage } from './said';

/** @returns the message without what the card shows; as it is where it does not say it in the words of the card */
export function withoutQuestion(message: ChatMessage, { calls }: Approval): ChatMessage {
  const lines = message.content.split('\n');
  const first = lines.findIndex((line) => line === `- ${calls[0]?.summary}`);
  const isWhole = first >= 0 && calls.every(({ summary }, index) => lines[first + index] === `- ${summary}`);
  // After the list comes the question, and nothing after that.
  if (!isWhole || lines.length > first + calls.length + 1) return message;
  return { ...message, content: lines.slice(0, first).join('\n') };
}
