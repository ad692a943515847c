import { useEffect, useRef, type SubmitEvent } from 'react';
import { SEARCH_LIMIT } from '../api/limits';

/** Long enough for a word to be typed, short enough to look immediate. */
const PAUSE = 200;

/** Searches while one types, at pauses, and at once on Enter. */
export function Search({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const pause = useRef<number>(undefined);
  /** What the field has asked for: anything else in `q` comes from elsewhere, as by "Back", and replaces what is typed. */
  const sent = useRef(q);

  useEffect(() => {
    if (q === sent.current) return;
    window.clearTimeout(pause.current);
    sent.current = q;
    if (input.current) input.current.value = q;
  }, [q]);

  useEffect(() => () => window.clearTimeout(pause.current), []);

  function send() {
    window.clearTimeout(pause.current);
    sent.current = input.current?.value.trim() ?? '';
    onSearch(sent.current);
  }

  function onInput() {
    window.clearTimeout(pause.current);
    pause.current = window.setTimeout(send, PAUSE);
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    send();
  }

  return (
    <form role="search" aria-label="Tasks" onSubmit={submit}>
      <input
        ref={input}
        type="search"
        aria-label="Search tasks"
        placeholder="Search tasks"
        autoComplete="off"
        maxLength={SEARCH_LIMIT}
        defaultValue={q}
        onInput={onInput}
      />
    </form>
  );
}
