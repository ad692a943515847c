/** One conversation with the assistant: what is said in it from now on, and what was said before. */
import { useEffect, useRef, useState } from 'react';
import { isUnclear, messageOf } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { Approval, Said } from '../api/types';
import { EMPTY, grown, type Draft } from './draft';
import { fromStored, wordsOf, type ChatMessage, type Failure } from './said';
import { useStored, type Start } from './useStored';
import { useUnsent } from './useUnsent';

const loadAftermath = () => import('./aftermath');

interface Told {
  /** Gets the id of the conversation as soon as it is known; the same function all the time. */
  onKnown: (id: number) => void;
  /** Called after each turn, also one that failed: the steps before that may have changed tasks. The same function all the time. */
  onAnswered: () => void;
  /** Gets a message that is not sent, once this view has ended or before something else is to be read; the same function all the time. */
  onUnsent: (message: string) => void;
}

const NOTHING = { messages: [], hasEarlier: false, isAnswering: false, isOpening: false };

/** @param known the highest id of a conversation before this one, 0 for none: one that begins here has a higher one */
export function useChat(api: TodoApi, start: Start, known: number, { onKnown, onAnswered, onUnsent }: Told) {
  const stored = useStored(api, start);
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  /** The answer that is on its way. */
  const [draft, setDraft] = useState<Draft>();
  /** What the last answer asks about; undefined until something is said here. */
  const [asked, setAsked] = useState<Approval | null>();
  const [failed, setFailed] = useState<Failure>();
  const unsent = useUnsent(onUnsent);
  const stop = useRef<AbortController>(undefined);
  const [begun, setBegun] = useState<number>();
  /** The id of the message that was said here last, or of the last one that was loaded since. */
  const seen = useRef<number>(undefined);
  /** Who speaks before it is known what there was before begins a new conversation. */
  const [isApart, setIsApart] = useState(false);

  const approval = asked === undefined ? stored.approval : asked;
  const id = begun ?? (isApart ? undefined : stored.id);
  useEffect(() => {
    if (id !== undefined) onKnown(id);
  }, [id, onKnown]);
  // Once the answer has come that was awaited, or is not awaited any more.
  useEffect(() => (stored.isAnswering ? onAnswered : undefined), [stored.isAnswering, onAnswered]);

  function show(message: ChatMessage) {
    setMessages((now) => [...now, message]);
  }

  async function send(said: Said) {
    if (failed?.isUnclear && failed.said && !(await cameToNothing(failed, failed.said))) {
      // It was written before that could be read.
      if ('message' in said) onUnsent(said.message);
      onAnswered();
      return;
    }
    if (failed?.reason !== undefined) {
      setMessages((now) => now.map((one, index) => (index < now.length - 1 ? one : { ...one, isUnsent: true })));
    }
    await say(said);
  }

  function say(said: Said) {
    show({ role: 'user', content: wordsOf(said), toolCalls: [], answeredBy: undefined });
    return ask(said);
  }

  const lastShown = () => seen.current ?? stored.messages.at(-1)?.id;

  async function ask(said: Said) {
    let now = EMPTY;
    if (id === undefined) setIsApart(true);
    const signal = wait();
    unsent.drop();
    // Whatever is said next answers the question.
    setAsked(null);
    // A button names what it answers; words mean what is shown here.
    const after = id !== undefined && 'message' in said ? lastShown() : undefined;
    // For when the connection is lost.
    void loadAftermath().catch(() => undefined);
    try {
      const turn = await api.chat(said, id, after, {
        signal,
        onEvent: (event) => {
          setDraft((now = grown(now, event)));
          setBegun(now.conversation ?? id);
          seen.current = now.message ?? seen.current;
        },
      });
      setBegun(turn.conversation_id);
      setAsked(turn.approval);
      show({ role: 'assistant', content: turn.response, toolCalls: turn.tool_calls, answeredBy: turn.answered_by });
    } catch (error) {
      try {
        await (await recoveryOf()).explain(said, now, error);
      } catch {
        // What would look for it cannot be loaded.
        setFailed({ said, reason: messageOf(error), isUnclear: isUnclear(error) });
        unsent.keep(said);
      }
    } finally {
      setDraft(undefined);
      onAnswered();
    }
  }

  async function recoveryOf() {
    const before = { conversation: id, shown: lastShown(), known: Math.max(known, stored.id ?? 0) };
    const { recovery } = await loadAftermath();
    return recovery({ api, before, seen, wait, unsent, setBegun, setIsApart, setAsked, setDraft, setFailed, setMessages });
  }

  /** Whether a message can be sent of which it is not known what came of it. */
  async function cameToNothing(failure: Failure, said: Said): Promise<boolean> {
    wait();
    try {
      return await (await recoveryOf()).cameToNothing(said, failure);
    } catch {
      setDraft(undefined);
      setFailed(failure);
      return false;
    }
  }

  /** @returns what ends the wait */
  function wait(): AbortSignal {
    setDraft(EMPTY);
    setFailed(undefined);
    stop.current = new AbortController();
    return stop.current.signal;
  }

  async function sendAgain(said: Said, failure: Failure) {
    // The turn may have gone on without a reader, or the message may be stored.
    const isOpen = failure.lost !== undefined || failure.isUnclear;
    if (isOpen && !(await cameToNothing(failure, said))) onAnswered();
    else await (failure.reason === undefined ? say : ask)(said);
  }

  const again = failed?.said;
  return {
    stored: isApart ? { ...stored, ...NOTHING } : { ...stored, messages: stored.messages.map(fromStored) },
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
    /** Sends the last message again, unless it turns out to be done; undefined where that is not called for. */
    retry: again && (() => sendAgain(again, failed)),
  };
}
