/** One conversation with the assistant: the latest is taken up again, or a new one begun. */
import { useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/http';
import { brokenTurn, type TodoApi } from '../api/todo';
import type { StoredMessage, ToolCall } from '../api/types';

export interface ChatMessage {
  role: 'user' | 'assistant';
  content: string;
  toolCalls: ToolCall[];
  answeredBy: string | undefined;
}

/** A message that led to nothing, so that it can be sent again. */
interface Failure {
  message: string;
  /** Why, unless the conversation says so itself: then the turn is stored. */
  reason: string | undefined;
}

export function useChat(api: TodoApi, onAnswered: () => void) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Failure>();
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

  function show(message: ChatMessage) {
    setMessages((now) => [...now, message]);
  }

  function send(message: string) {
    show({ role: 'user', content: message, toolCalls: [], answeredBy: undefined });
    return ask(message);
  }

  async function ask(message: string) {
    const mine = ++epoch.current;
    setBusy(true);
    setFailed(undefined);
    try {
      const turn = await api.chat(message, conversation.current);
      if (mine !== epoch.current) return;
      conversation.current = turn.conversation_id;
      show({ role: 'assistant', content: turn.response, toolCalls: turn.tool_calls, answeredBy: turn.answered_by });
    } catch (error) {
      if (mine !== epoch.current) return;
      const turn = brokenTurn(error);
      if (!turn) {
        setFailed({ message, reason: messageOf(error) });
        return;
      }
      conversation.current = turn.conversation_id;
      // In the words the backend stores, so that a reload shows the same.
      const content = `I could not finish this. ${messageOf(error)}`;
      show({ role: 'assistant', content, toolCalls: turn.tool_calls, answeredBy: undefined });
      // What was done would be done twice.
      if (!turn.tool_calls.some((call) => call.ok)) setFailed({ message, reason: undefined });
    } finally {
      if (mine === epoch.current) setBusy(false);
      // Also after a failure: the steps before it may have changed tasks.
      onAnswered();
    }
  }

  return {
    messages,
    busy,
    /** Why the last message has no answer, where the conversation does not say it. */
    failure: failed?.reason,
    send,
    /** Sends the last message again; undefined where that is not called for. */
    retry: failed && (() => (failed.reason === undefined ? send : ask)(failed.message)),
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
