import type { KeyboardEvent, MouseEvent, SubmitEvent } from 'react';
import { MESSAGE_LIMIT } from '../api/limits';
import { Arrow, Square } from '../ui/icons';

interface Props {
  text: string;
  onText: (text: string) => void;
  busy: boolean;
  /** Whether nothing can be sent yet. */
  isWaiting: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

export function Composer({ text, onText, busy, isWaiting, onSend, onStop }: Props) {
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = text.trim();
    if (!wanted || busy || isWaiting) return;
    onText('');
    onSend(wanted);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // Enter that ends an input method's composition belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }

  function onClick(event: MouseEvent) {
    // The second click of a double click is not meant for what the first has made of the button.
    const isSecond = event.detail > 1;
    if (busy || isSecond) event.preventDefault();
    if (busy && !isSecond) onStop();
  }

  return (
    <form className="composer" onSubmit={submit}>
      <label htmlFor="message" className="unseen">
        Message
      </label>
      <textarea
        id="message"
        rows={1}
        maxLength={MESSAGE_LIMIT}
        placeholder="Ask for something"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {/* One button, so that it keeps the focus. */}
      <button
        type="submit"
        className={busy ? 'round' : 'primary round'}
        aria-label={busy ? 'Stop' : 'Send'}
        aria-disabled={isWaiting}
        title={isWaiting ? 'The conversation is not loaded yet' : undefined}
        onClick={onClick}
        onKeyDown={(event) => event.key === 'Enter' && event.repeat && event.preventDefault()}
      >
        {busy ? <Square /> : <Arrow />}
      </button>
    </form>
  );
}
