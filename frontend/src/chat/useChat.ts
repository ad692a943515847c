/** One conversation with the assistant: the latest is taken up again, or a new one begun. */
import { useEffect, useRef, useState } from 'react';
import { ApiError, messageOf } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { StoredMessage, ToolCall } from '../api/types';

export interface ChatMessage {
  role: 'user' | 'assistant';
  content: string;
  toolCalls: ToolCall[];
  answeredBy: string | undefined;
}

export function useChat(api: TodoApi, onAnswered: () => void) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<{ message: string; reason: string }>();
  const conversation = useRef<number>(undefined);
  /** Counts conversations: what belongs to an earlier one is dropped when it arrives. */
  const epoch = useRef(0);

  useEffect(() => {
    const counter = epoch;
    const mine = ++counter.current;
    async function resume() {
      const latest = await api.latestConversation();
      if (!latest) return;
      const stored = await api.messages(latest.id);
      if (mine !== epoch.current) return;
      conversation.current = latest.id;
      setMessages(stored.map(fromStored));
    }
    // What was said before is a convenience: without it the conversation simply starts anew.
    resume().catch(() => undefined);
    return () => {
      counter.current++;
    };
  }, [api]);

  async function ask(message: string) {
    const mine = ++epoch.current;
    setBusy(true);
    setFailed(undefined);
    try {
      const turn = await api.chat(message, conversation.current);
      if (mine !== epoch.current) return;
      conversation.current = turn.conversation_id;
      const answer: ChatMessage = {
        role: 'assistant',
        content: turn.response,
        toolCalls: turn.tool_calls,
        answeredBy: turn.answered_by,
      };
      setMessages((now) => [...now, answer]);
    } catch (error) {
      if (mine !== epoch.current) return;
      // A turn that fails half way is stored all the same, and says where.
      const started = error instanceof ApiError ? error.problem['conversation_id'] : undefined;
      if (typeof started === 'number') conversation.current = started;
      setFailed({ message, reason: messageOf(error) });
    } finally {
      if (mine === epoch.current) setBusy(false);
      // Also after a failure: the steps before it may have changed tasks.
      onAnswered();
    }
  }

  return {
    messages,
    busy,
    /** Why the last message has no answer. */
    failure: failed?.reason,
    send: (message: string) => {
      setMessages((now) => [...now, { role: 'user', content: message, toolCalls: [], answeredBy: undefined }]);
      return ask(message);
    },
    retry: () => (failed ? ask(failed.message) : Promise.resolve()),
    startAnew: () => {
      epoch.current++;
      conversation.current = undefined;
      setMessages([]);
      setFailed(undefined);
      setBusy(false);
    },
  };
}

function fromStored(stored: StoredMessage): ChatMessage {
  return {
    role: stored.role,
    content: stored.content,
    toolCalls: stored.tool_calls,
    answeredBy: stored.answered_by ?? undefined,
  };
}
