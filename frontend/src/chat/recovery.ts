/** What is done about a message without an answer: only what is stored tells what came of it. Loaded once something is said. */
import type { Dispatch, RefObject, SetStateAction } from 'react';
import { ApiError, isUnclear, messageOf, STOPPED } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { Approval, BrokenTurn, Said, StoredMessage } from '../api/types';
import type { Draft, Step } from './draft';
import { fromStored, type ChatMessage, type Failure } from './said';
import { findTurn, settled, type Before } from './settled';

/** In the words that the backend stores. */
const UNKNOWN = 'It is not known whether this was done: the answer got lost.';

/** The conversation as its view has it. */
interface View {
  api: TodoApi;
  /** What was there before the message. */
  before: Before;
  /** The id of the message that was said here last, or of the last one that was loaded since. */
  seen: RefObject<number | undefined>;
  /** Shows that something is awaited. @returns what ends that */
  wait: () => AbortSignal;
  /** Lets the message outlive the view, or not any more. */
  unsent: { keep: (said: Said) => void; drop: () => void };
  setBegun: (conversation: number | undefined) => void;
  setIsApart: (isApart: boolean) => void;
  setAsked: (approval: Approval | null) => void;
  setDraft: (draft: undefined) => void;
  setFailed: (failure: Failure) => void;
  setMessages: Dispatch<SetStateAction<ChatMessage[]>>;
}

export function recovery({ api, before, seen, wait, unsent, setBegun, setIsApart, setAsked, setDraft, setFailed, setMessages }: View) {
  /** @param draft as far as the answer has come */
  async function explain(said: Said, draft: Draft, error: unknown) {
    const reason = messageOf(error);
    const turn = brokenTurn(error);
    if (turn) {
      setBegun(turn.conversation_id);
      // In the words the backend stores, so that a reload shows the same.
      show({ content: turn.response ?? `I could not finish this. ${reason}`, toolCalls: turn.tool_calls });
      // What was done would be done twice.
      if (!turn.tool_calls.some((call) => call.ok)) setFailed({ said, reason: undefined });
    } else if (reason === STOPPED || draft.conversation !== undefined) {
      show({ content: `${draft.text} ${reason}`.trim(), toolCalls: cutShort(draft) });
      if (draft.conversation === undefined) await lookBack(said, { said, reason: undefined, isUnclear: true });
      else if (reason !== STOPPED) await lookUp(said, draft.conversation);
    } else if (before.conversation !== undefined && hasStatus(error, 409)) {
      await catchUp(said, before.conversation, reason);
    } else {
      if (hasStatus(error, 404)) {
        // The conversation was deleted: what is said next begins a new one.
        setBegun(undefined);
        setIsApart(true);
      }
      setFailed({ said: 'approval' in said && hasStatus(error, 404) ? undefined : said, reason, isUnclear: isUnclear(error) });
      unsent.keep(said);
    }
  }

  function show(answer: Pick<ChatMessage, 'content' | 'toolCalls'>) {
    setMessages((now) => [...now, { ...answer, role: 'assistant', answeredBy: undefined }]);
  }

  /** @returns whether the message can be sent again: nothing was done that would be done twice */
  async function cameToNothing(said: Said, failure: Failure): Promise<boolean> {
    return failure.lost === undefined ? lookBack(said, failure) : lookUp(said, failure.lost);
  }

  /** Puts what is stored in place of an answer that was cut short: only there is known what was done after that. */
  async function lookUp(said: Said, lost: number): Promise<boolean> {
    try {
      const { approval, messages: [last] } = await settled(api, lost, wait());
      if (correct(approval, last)) return false;
      setFailed({ said, reason: undefined, lost });
      return true;
    } catch {
      setFailed({ said, reason: undefined, lost });
      return false;
    } finally {
      setDraft(undefined);
    }
  }

  /**
   * As that, of a message of which nothing came back.
   * @param otherwise what holds while nothing can be seen
   * @returns whether the message is not stored
   */
  async function lookBack(said: Said, otherwise: Failure): Promise<boolean> {
    try {
      const found = await findTurn(api, said, before, wait());
      if (!found) return true;
      setBegun(found.conversation);
      seen.current = found.message;
      unsent.drop();
      const isDone = correct(found.approval, found.last);
      // Who has stopped it does not want it again.
      if (!isDone && otherwise.reason !== undefined) setFailed({ said, reason: undefined, lost: found.conversation });
      return false;
    } catch (error) {
      // With its conversation it is gone.
      if (hasStatus(error, 404)) return true;
      setFailed(otherwise);
      return false;
    } finally {
      setDraft(undefined);
    }
  }

  /** @returns whether something was done, or is asked about: a question is the whole answer */
  function correct(approval: Approval | null, last: StoredMessage | undefined): boolean {
    setAsked(approval);
    if (last?.role === 'assistant') {
      setMessages((now) => [...(now.at(-1)?.role === 'assistant' ? now.slice(0, -1) : now), fromStored(last)]);
    }
    return approval !== null || last?.tool_calls.some((call) => call.ok) === true;
  }

  /** Shows what was said in the conversation elsewhere, before what is not sent because of it. */
  async function catchUp(said: Said, conversation: number, reason: string) {
    const after = before.shown ?? 0;
    try {
      const { approval, messages: newest } = await settled(api, conversation, wait());
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
    // A question is not settled twice.
    setFailed({ said: 'message' in said ? said : undefined, reason });
    unsent.keep(said);
  }

  return { explain, cameToNothing };
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** @returns undefined where the backend stored nothing of the turn, or could not say so */
function brokenTurn(error: unknown): BrokenTurn | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { conversation_id, response, tool_calls } = error.problem;
  if (typeof conversation_id !== 'number' || !Array.isArray(tool_calls)) return undefined;
  const turn = { conversation_id, tool_calls: tool_calls as BrokenTurn['tool_calls'] };
  return typeof response === 'string' ? { ...turn, response } : turn;
}

/** The steps of an answer of which nothing more will come. */
function cutShort({ toolCalls }: Draft): Step[] {
  return toolCalls.map((call) => (call.ok === undefined ? { ...call, ok: false, result: UNKNOWN } : call));
}
