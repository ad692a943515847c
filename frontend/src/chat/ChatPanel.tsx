/** The assistant: one conversation at a time, and the list of the earlier ones. */
import { useQueryClient } from '@tanstack/react-query';
import { lazy, useCallback, useEffect, useRef, useState } from 'react';
import { CONVERSATIONS, reload, TASKS } from '../api/cache';
import type { TodoApi } from '../api/todo';
import { useKept } from '../ui/kept';
import { Later } from '../ui/Later';
import { Conversation } from './Conversation';
import type { Start } from './useStored';

const History = lazy(() => import('./History').then((module) => ({ default: module.History })));

export function ChatPanel({ api }: { api: TodoApi }) {
  const cache = useQueryClient();
  /** `view` counts those that were looked at, so that each begins with nothing of the one before. */
  const [open, setOpen] = useState<{ view: number; start: Start; known: number }>({ view: 0, start: 'latest', known: 0 });
  /** The highest id of a conversation so far. */
  const newest = useRef(0);
  const [id, setId] = useState<number>();
  /** A ref, because a deletion that ends late must look at what is open then. */
  const latest = useRef(id);
  useEffect(() => {
    latest.current = id;
  }, [id]);
  const [text, setText] = useKept('message', '');
  const [isListed, setIsListed] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  const onKnown = useCallback((known: number) => {
    setId(known);
    newest.current = Math.max(newest.current, known);
  }, []);
  const onUnsent = useCallback((message: string) => setText((now) => (now ? `${message}\n${now}` : message)), [setText]);

  const onAnswered = useCallback(() => {
    void reload(cache, TASKS);
    void reload(cache, CONVERSATIONS);
  }, [cache]);

  function begin(start: Start) {
    // After a deletion that ends late, somebody may be typing elsewhere.
    if (document.activeElement?.matches('body, .chat *')) heading.current?.focus();
    setIsListed(false);
    setId(typeof start === 'number' ? start : undefined);
    const known = newest.current;
    setOpen(({ view }) => ({ view: view + 1, start, known }));
  }

  return (
    <section className="chat" aria-labelledby="chat-heading">
      <div className="panel-head">
        <h2 ref={heading} id="chat-heading" tabIndex={-1}>
          Assistant
        </h2>
        <div className="buttons">
          <button type="button" className="quiet" aria-expanded={isListed} onClick={() => setIsListed(!isListed)}>
            History
          </button>
          <button type="button" className="quiet" aria-label="New conversation" onClick={() => begin('new')}>
            New
          </button>
        </div>
      </div>
      {isListed && (
        <Later>
          <History api={api} current={id} onOpen={begin} onDeleted={(gone) => gone === latest.current && begin('new')} />
        </Later>
      )}
      <div className="conversation" hidden={isListed}>
        <Conversation
          key={open.view}
          api={api}
          start={open.start}
          known={open.known}
          onKnown={onKnown}
          onAnswered={onAnswered}
          text={text}
          onText={(next) => setText(() => next)}
          onUnsent={onUnsent}
          heading={heading}
        />
      </div>
    </section>
  );
}
