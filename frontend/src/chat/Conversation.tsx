/** What was said and done in one conversation, and the field to go on with it. */
import { useLayoutEffect, useRef, type RefObject, type UIEvent } from 'react';
import type { TodoApi } from '../api/todo';
import { Failure } from '../ui/Failure';
import { Skeleton } from '../ui/Skeleton';
import { ApprovalCard } from './ApprovalCard';
import { Composer } from './Composer';
import { Message } from './Message';
import { withoutQuestion } from './question';
import type { ChatMessage } from './said';
import { useChat } from './useChat';
import type { Start } from './useStored';

const SUGGESTIONS = ['Add a task to buy groceries', 'What’s pending?', 'Mark task 1 as complete'];

/** How far from the end counts as there, in pixels: what is shown of it ends before the padding below. */
const TOLERANCE = 40;

interface Props {
  api: TodoApi;
  start: Start;
  /** The highest id of a conversation before this one, 0 for none. */
  known: number;
  onKnown: (id: number) => void;
  /** The same function all the time. */
  onAnswered: () => void;
  /** What is being written. */
  text: string;
  onText: (text: string) => void;
  /** Gets a message that is not sent, to have it in the field again; the same function all the time. */
  onUnsent: (message: string) => void;
  /** Takes the focus of buttons that go when they are pressed. */
  heading: RefObject<HTMLElement | null>;
}

export function Conversation({ api, start, known, onKnown, onAnswered, text, onText, onUnsent, heading }: Props) {
  const chat = useChat(api, start, known, { onKnown, onAnswered, onUnsent });
  const { stored, messages, draft, approval } = chat;
  const end = useRef<HTMLDivElement>(null);
  const earlier = useRef<HTMLDivElement>(null);
  /** Who has scrolled up stays there while an answer grows. */
  const isAtEnd = useRef(true);
  const isEmpty = stored.messages.length === 0 && messages.length === 0;

  // A layout effect runs before the scroll event, which would find that the end is further away by now.
  useLayoutEffect(() => {
    if (isAtEnd.current) end.current?.scrollIntoView?.({ block: 'nearest' });
  }, [stored.isLoading, stored.isLoaded, messages, draft, approval, chat.failure]);

  function onScroll({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: UIEvent) {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < TOLERANCE;
  }

  /** For what people do themselves: they want to see the answer. */
  function goToEnd(action: () => void) {
    isAtEnd.current = true;
    action();
  }

  function press(action: () => void) {
    heading.current?.focus();
    goToEnd(action);
  }

  /** The button may go with the last of them. */
  function showEarlier() {
    earlier.current?.focus({ preventScroll: true });
    stored.earlier();
  }

  /** The question is in the card below, with its buttons. */
  function shown(list: ChatMessage[], isLast: boolean) {
    const last = list.map(({ role }) => role).lastIndexOf('assistant');
    return list.map((message, index) => {
      const isQuestion = approval && isLast && index === last;
      // No id is below 1.
      return <Message key={message.id ?? -index} message={isQuestion ? withoutQuestion(message, approval) : message} />;
    });
  }

  return (
    <>
      <div className="scroll" onScroll={onScroll}>
        {stored.isLoading && messages.length === 0 && <Skeleton label="Loading the conversation" rows={3} />}
        <Failure error={messages.length === 0 && stored.error} onRetry={() => press(stored.retry)} what="the conversation" />
        {isEmpty && !stored.isLoading && !stored.error && (
          <div className="welcome">
            <p>Say it in your own words. The assistant reads and changes your list, and shows each step it took.</p>
            <ul aria-label="Suggestions">
              {SUGGESTIONS.map((suggestion) => (
                <li key={suggestion}>
                  <button type="button" onClick={() => press(() => void chat.send(suggestion))}>
                    {suggestion}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        {stored.hasEarlier && (
          <button type="button" className="again" onClick={showEarlier}>
            Show earlier messages
          </button>
        )}
        {/* Not in the log: a screen reader tells what is added there, and this was said before. */}
        <div ref={earlier} role="group" aria-label="Earlier messages" tabIndex={-1} className="log">
          {shown(stored.messages, messages.length === 0)}
        </div>
        <div role="log" aria-label="Assistant" aria-live="polite" aria-busy={draft !== undefined} className="log">
          {shown(messages, true)}
          {draft && (draft.text || draft.toolCalls.length > 0) && (
            <Message message={{ role: 'assistant', content: draft.text, toolCalls: draft.toolCalls, answeredBy: undefined }} />
          )}
        </div>
        {/* Always there, or a screen reader would not tell that the question came: the log has not its words. */}
        <div aria-live="polite">
          {approval && <ApprovalCard approval={approval} onAnswer={(accept) => press(() => void chat.answer(accept))} />}
        </div>
        <p role="status" className="working">
          {(draft || stored.isAnswering) && 'Working on it'}
        </p>
        {chat.failure && (
          <p role="alert" className="error">
            {chat.failure}
          </p>
        )}
        {chat.retry && (
          <button type="button" className="again" onClick={() => press(() => void chat.retry?.())}>
            Try again
          </button>
        )}
        <div ref={end} />
      </div>
      <Composer
        text={text}
        onText={onText}
        busy={draft !== undefined}
        isWaiting={stored.isOpening}
        onSend={(message) => goToEnd(() => void chat.send(message))}
        onStop={chat.stop}
      />
    </>
  );
}
