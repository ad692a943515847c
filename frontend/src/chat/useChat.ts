/** One conversation with the assistant: the latest is taken up again, or a new one begun. */
import { useEffect, useRef, useState } from 'react';
import { ApiError, messageOf, STOPPED } from '../api/http';
import { brokenTurn, type TodoApi } from '../api/todo';
import type { Approval, Said, StoredMessage } from '../api/types';
import { EMPTY, grown, type Draft, type Step } from './draft';

export interface ChatMessage {
  role: string;
  content: string;
  toolCalls: Step[];
  answeredBy: string | undefined;
}

/** A message that led to nothing. */
interface Failure {
  /** What to send again, unless the answer would be the same for ever. */
  said: Said | undefined;
  /** Why, unless the conversation says so itself: then the turn is stored. */
  reason: string | undefined;
}

export function useChat(api: TodoApi, onAnswered: () => void) {
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  /** The answer that is on its way. */
  const [draft, setDraft] = useState<Draft>();
  /** What the last answer asks about. */
  const [approval, setApproval] = useState<Approval>();
  const stop = useRef<AbortController>(undefined);
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
      const [stored, { approval: open }] = await Promise.all([api.messages(latest.id), api.conversation(latest.id)]);
      if (mine !== epoch.current) return;
      conversation.current = latest.id;
      setMessages(stored.map(fromStored));
      setApproval(open ?? undefined);
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

  function send(said: Said) {
    const content = 'message' in said ? said.message : said.approval.accept ? 'Yes, do it.' : 'No.';
    show({ role: 'user', content, toolCalls: [], answeredBy: undefined });
    return ask(said);
  }

  async function ask(said: Said) {
    const mine = ++epoch.current;
    let now = EMPTY;
    setDraft(now);
    setFailed(undefined);
    // Whatever is said next answers the question.
    setApproval(undefined);
    stop.current = new AbortController();
    try {
      const turn = await api.chat(said, conversation.current, {
        signal: stop.current.signal,
        onEvent: (event) => {
          if (mine !== epoch.current) return;
          setDraft((now = grown(now, event)));
          conversation.current = now.conversation ?? conversation.current;
        },
      });
      if (mine !== epoch.current) return;
      conversation.current = turn.conversation_id;
      setApproval(turn.approval ?? undefined);
      show({ role: 'assistant', content: turn.response, toolCalls: turn.tool_calls, answeredBy: turn.answered_by });
    } catch (error) {
      if (mine !== epoch.current) return;
      if (messageOf(error) === STOPPED) {
        show({ role: 'assistant', content: `${now.text} ${STOPPED}`.trim(), toolCalls: now.toolCalls, answeredBy: undefined });
        return;
      }
      const turn = brokenTurn(error);
      if (!turn) {
        const isSettled = 'approval' in said && error instanceof ApiError && error.status === 409;
        setFailed({ said: isSettled ? undefined : said, reason: messageOf(error) });
        return;
      }
      conversation.current = turn.conversation_id;
      // In the words the backend stores, so that a reload shows the same.
      const content = `I could not finish this. ${messageOf(error)}`;
      show({ role: 'assistant', content, toolCalls: turn.tool_calls, answeredBy: undefined });
      // What was done would be done twice.
      if (!turn.tool_calls.some((call) => call.ok)) setFailed({ said, reason: undefined });
    } finally {
      if (mine === epoch.current) setDraft(undefined);
      // Also after a failure: the steps before it may have changed tasks.
      onAnswered();
    }
  }

  const again = failed?.said;
  return {
    messages,
    /** The answer that is on its way, as far as it has come. */
    draft,
    approval,
    /** Why the last message has no answer, where the conversation does not say it. */
    failure: failed?.reason,
    send: (message: string) => send({ message }),
    answer: (accept: boolean) => approval && send({ approval: { id: approval.id, accept } }),
    /** Ends the turn; what was done in it stays done. */
    stop: () => stop.current?.abort(),
    /** Sends the last message again; undefined where that is not called for. */
    retry: again && (() => (failed?.reason === undefined ? send : ask)(again)),
    startAnew: () => {
      epoch.current++;
      conversation.current = undefined;
      setMessages([]);
      setFailed(undefined);
      setApproval(undefined);
      setDraft(undefined);
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
