/** The assistant: what was said, what it did, and where to write. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { TASKS } from '../api/cache';
import type { TodoApi } from '../api/todo';
import { ApprovalCard } from './ApprovalCard';
import { Composer } from './Composer';
import { Message } from './Message';
import { useChat } from './useChat';

const SUGGESTIONS = ['Add a task to buy groceries', 'What’s pending?', 'Mark task 1 as complete'];

export function ChatPanel({ api }: { api: TodoApi }) {
  const cache = useQueryClient();
  const chat = useChat(api, () => void cache.invalidateQueries({ queryKey: TASKS }));
  const heading = useRef<HTMLHeadingElement>(null);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    end.current?.scrollIntoView?.({ block: 'nearest' });
  }, [chat.messages, chat.draft, chat.approval, chat.failure]);

  /** For buttons that go when they are pressed, with the focus in them. */
  function press(action: () => void) {
    heading.current?.focus();
    action();
  }

  return (
    <section className="chat" aria-labelledby="chat-heading">
      <div className="panel-head">
        <h2 ref={heading} id="chat-heading" tabIndex={-1}>
          Assistant
        </h2>
        {chat.messages.length > 0 && (
          <button type="button" className="quiet" onClick={() => press(chat.startAnew)}>
            New conversation
          </button>
        )}
      </div>
      <div className="scroll">
        {chat.messages.length === 0 && (
          <div className="welcome">
            <p>Say it in your own words. The assistant reads and changes your list, and shows each step it took.</p>
            <ul aria-label="Suggestions">
              {SUGGESTIONS.map((text) => (
                <li key={text}>
                  <button type="button" onClick={() => press(() => void chat.send(text))}>
                    {text}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <div role="log" aria-label="Assistant" aria-live="polite" aria-busy={chat.draft !== undefined} className="log">
          {chat.messages.map((message, index) => (
            <Message key={index} message={message} />
          ))}
          {chat.draft && (chat.draft.text || chat.draft.toolCalls.length > 0) && (
            <Message message={{ role: 'assistant', content: chat.draft.text, toolCalls: chat.draft.toolCalls, answeredBy: undefined }} />
          )}
        </div>
        {chat.approval && <ApprovalCard approval={chat.approval} onAnswer={(accept) => press(() => void chat.answer(accept))} />}
        <p role="status" className="working">
          {chat.draft && 'Working on it'}
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
      <Composer busy={chat.draft !== undefined} onSend={(text) => void chat.send(text)} onStop={chat.stop} />
    </section>
  );
}
