/** One conversation with the assistant: what is said in it from now on, and what was said before. */
import { useEffect, useRef, useState } from 'react';
import { ApiError, messageOf, STOPPED } from '../api/http';
import { brokenTurn, type TodoApi } from '../api/todo';
import type { Approval, Said, StoredMessage } from '../api/types';
import { cutShort, EMPTY, grown, type Draft, type Step } from './draft';
import { settled } from './settled';
import { useStored, type Start } from './useStored';

export interface ChatMessage {
  /** Of one that was loaded. */
  id?: number;
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
  /** The conversation where to see first what came of it, because the connection was lost meanwhile. */
  lost?: number;
}

interface Told {
  /** Gets the id of the conversation as soon as it is known; the same function all the time. */
  onKnown: (id: number) => void;
  /** Called after each turn, also one that failed: the steps before that may have changed tasks. */
  onAnswered: () => void;
  /** Gets a message of which nothing is stored, once this view has ended; the same function all the time. */
  onUnsent: (message: string) => void;
}

export function useChat(api: TodoApi, start: Start, { onKnown, onAnswered, onUnsent }: Told) {
  const stored = useStored(api, start);
  const [messages, setMessages] = useState<ChatMessage[]>([]);
  /** The answer that is on its way. */
  const [draft, setDraft] = useState<Draft>();
  /** What the last answer asks about; undefined until something is said here. */
  const [asked, setAsked] = useState<Approval | null>();
  const [failed, setFailed] = useState<Failure>();
  /** The message that was said last, if nothing of it is stored. */
  const unsent = useRef<string>(undefined);
  const hasEnded = useRef(false);
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
  useEffect(() => {
    hasEnded.current = false;
    return () => {
      hasEnded.current = true;
      if (unsent.current) onUnsent(unsent.current);
    };
  }, [onUnsent]);

  function show(message: ChatMessage) {
    setMessages((now) => [...now, message]);
  }

  function send(said: Said) {
    show({ role: 'user', content: wordsOf(said), toolCalls: [], answeredBy: undefined });
    return ask(said);
  }

  async function ask(said: Said) {
    let now = EMPTY;
    if (id === undefined) setIsApart(true);
    setDraft(now);
    setFailed(undefined);
    unsent.current = undefined;
    // Whatever is said next answers the question.
    setAsked(null);
    stop.current = new AbortController();
    // A button names what it answers; words mean what is shown here.
    const shown = seen.current ?? stored.messages.at(-1)?.id;
    const after = id !== undefined && 'message' in said ? shown : undefined;
    try {
      const turn = await api.chat(said, id, after, {
        signal: stop.current.signal,
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
      const reason = messageOf(error);
      const turn = brokenTurn(error);
      if (turn) {
        setBegun(turn.conversation_id);
        // In the words the backend stores, so that a reload shows the same.
        const content = turn.response ?? `I could not finish this. ${reason}`;
        show({ role: 'assistant', content, toolCalls: turn.tool_calls, answeredBy: undefined });
        // What was done would be done twice.
        if (!turn.tool_calls.some((call) => call.ok)) setFailed({ said, reason: undefined });
      } else if (reason === STOPPED || now.conversation !== undefined) {
        show({ role: 'assistant', content: `${now.text} ${reason}`.trim(), toolCalls: cutShort(now), answeredBy: undefined });
        if (now.conversation === undefined) await lookBack(said, id, shown);
        else if (reason !== STOPPED) await lookUp(said, now.conversation);
      } else if (after !== undefined && id !== undefined && error instanceof ApiError && error.status === 409) {
        await catchUp(said, id, after, reason);
      } else {
        const status = error instanceof ApiError ? error.status : 0;
        if (status === 404) {
          // The conversation was deleted: what is said next begins a new one.
          setBegun(undefined);
          setIsApart(true);
        }
        const isSettled = 'approval' in said && [404, 409].includes(status);
        setFailed({ said: isSettled ? undefined : said, reason });
        keep(said);
      }
    } finally {
      setDraft(undefined);
      onAnswered();
    }
  }

  /**
   * Puts what is stored in place of an answer that was cut short: only there is known what was done after that.
   * @returns whether the message can be sent again: nothing was done that would be done twice
   */
  async function lookUp(said: Said, lost: number): Promise<boolean> {
    try {
      const { approval, messages: [last] } = await load(lost);
      correct(approval, last);
      // A question is the whole answer.
      if (approval || last?.tool_calls.some((call) => call.ok)) return false;
      setFailed({ said, reason: undefined, lost });
      return true;
    } catch {
      setFailed({ said, reason: undefined, lost });
      return false;
    } finally {
      setDraft(undefined);
    }
  }

  /** As that, of a turn that was stopped before it was known to have begun: then it is none that went on elsewhere. */
  async function lookBack(said: Said, conversation: number | undefined, shown = 0) {
    if (conversation === undefined) return;
    try {
      const { approval, messages: newest } = await load(conversation);
      const question = newest.find(({ role }) => role === 'user');
      if (!question || question.id <= shown || question.content !== wordsOf(said)) return;
      seen.current = question.id;
      correct(approval, newest[0]);
    } catch {
      // What is said next is refused until it can be seen.
    }
  }

  function correct(approval: Approval | null, last: StoredMessage | undefined) {
    setAsked(approval);
    if (last?.role === 'assistant') setMessages((now) => [...now.slice(0, -1), fromStored(last)]);
  }

  /** Shows what was said in the conversation elsewhere, before what is not sent because of it. */
  async function catchUp(said: Said, conversation: number, after: number, reason: string) {
    try {
      const { approval, messages: newest } = await load(conversation);
      const later = newest.filter((one) => one.id > after).reverse();
      // The answer to what was said here is shown already.
      const first = seen.current === undefined ? 0 : later.findIndex(({ role }) => role === 'user');
      const missed = first < 0 ? [] : later.slice(first).map(fromStored);
      setMessages((now) => [...now.slice(0, -1), ...missed, ...now.slice(-1)]);
      setAsked(approval);
      seen.current = later.at(-1)?.id ?? after;
    } catch {
      // It is refused again until it can be seen.
    }
    setFailed({ said, reason });
    keep(said);
  }

  /** Lets a message outlive this view, where "Try again" is no more. */
  function keep(said: Said) {
    if (!('message' in said)) return;
    if (hasEnded.current) onUnsent(said.message);
    else unsent.current = said.message;
  }

  /** What is stored, with all that comes of a turn that is still going on. */
  function load(conversation: number) {
    setDraft(EMPTY);
    setFailed(undefined);
    stop.current = new AbortController();
    return settled(api, conversation, stop.current.signal);
  }

  async function sendAgain(said: Said) {
    // The turn may have gone on without a reader.
    if (failed?.lost !== undefined && !(await lookUp(said, failed.lost))) onAnswered();
    else await (failed?.reason === undefined ? send : ask)(said);
  }

  const again = failed?.said;
  return {
    stored: { ...stored, messages: isApart ? [] : stored.messages.map(fromStored), hasEarlier: !isApart && stored.hasEarlier },
    messages,
    /** The answer that is on its way, as far as it has come. */
    draft,
    approval,
    /** Why the last message has no answer, where the conversation does not say it. */
    failure: failed?.reason,
    send: (message: string) => send({ message }),
    answer: (accept: boolean) => approval && send({ approval: { id: approval.id, accept } }),
    /** Whether an earlier conversation is not shown yet: what is said would be about what nobody has before them. */
    isOpening: typeof start === 'number' && !stored.isLoaded,
    /** Ends the turn; what was done in it stays done. */
    stop: () => stop.current?.abort(),
    /** Sends the last message again, unless it turns out to be done; undefined where that is not called for. */
    retry: again && (() => sendAgain(again)),
  };
}

/** As the backend stores them. */
function wordsOf(said: Said): string {
  return 'message' in said ? said.message : said.approval.accept ? 'Yes, do it.' : 'No.';
}

function fromStored(stored: StoredMessage): ChatMessage {
  return {
    id: stored.id,
    role: stored.role,
    content: stored.content,
    toolCalls: stored.tool_calls,
    answeredBy: stored.answered_by ?? undefined,
  };
}
