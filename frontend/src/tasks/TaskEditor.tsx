import { useId, useRef, useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { DESCRIPTION_LIMIT, TITLE_LIMIT } from '../api/limits';
import type { TaskChange } from '../api/types';
import { changeOf } from './changeOf';
import { DetailFields } from './DetailFields';
import type { Edit } from './edits';

interface Props {
  edit: Edit;
  onChange: (edit: Edit) => void;
  /** Whether it takes the focus. */
  autoFocus: boolean;
  /** Resolves to whether it was saved. */
  onSave: (change: TaskChange) => Promise<boolean>;
  /** `hadFocus`: the focus goes with the form. */
  onDone: (hadFocus: boolean) => void;
}

export function TaskEditor({ edit, onChange, autoFocus, onSave, onDone }: Props) {
  const id = useId();
  const { opened, title, description, details } = edit;
  /** While it is saved nothing can be changed that would be lost with the form. */
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  function done() {
    const { activeElement } = document;
    onDone(activeElement === document.body || form.current?.contains(activeElement) === true);
  }

  /** A save that is refused comes back to what was typed. */
  function cancel() {
    if (!busy) done();
  }

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const change = changeOf(edit);
    if (Object.keys(change).length === 0) {
      done();
      return;
    }
    setBusy(true);
    if (await onSave(change)) done();
    else setBusy(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    // Escape that drops an input method's composition belongs to the input method.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') cancel();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  return (
    <form
      ref={form}
      className="editor"
      aria-label={`Edit ${opened.title}`}
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
    >
      <label htmlFor={`${id}-title`}>Title</label>
      <input
        id={`${id}-title`}
        autoFocus={autoFocus}
        required
        pattern=".*\S.*"
        autoComplete="off"
        maxLength={TITLE_LIMIT}
        readOnly={busy}
        value={title}
        onChange={(event) => onChange({ ...edit, title: event.target.value })}
      />
      <label htmlFor={`${id}-description`}>Description</label>
      <textarea
        id={`${id}-description`}
        rows={2}
        maxLength={DESCRIPTION_LIMIT}
        readOnly={busy}
        value={description}
        onChange={(event) => onChange({ ...edit, description: event.target.value })}
      />
      <DetailFields details={details} onChange={(changed) => !busy && onChange({ ...edit, details: changed })} />
      <div className="actions">
        <button type="submit" className="primary" aria-disabled={busy}>
          Save
        </button>
        <button type="button" aria-disabled={busy} onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
