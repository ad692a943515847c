import type { KeyboardEvent, SubmitEvent } from 'react';
import { MESSAGE_LIMIT } from '../api/limits';
import { Arrow, Square } from '../ui/icons';

interface Props {
  text: string;
  onText: (text: string) => void;
  busy: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

export function Composer({ text, onText, busy, onSend, onStop }: Props) {
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = text.trim();
    if (!wanted || busy) return;
    onText('');
    onSend(wanted);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // Enter that ends an input method's composition belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
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
      {busy ? (
        <button type="button" key="stop" className="round" aria-label="Stop" onClick={onStop}>
          <Square />
        </button>
      ) : (
        <button type="submit" key="send" className="primary round" aria-label="Send">
          <Arrow />
        </button>
      )}
    </form>
  );
}
