import { useId, useRef, useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { DESCRIPTION_LIMIT, TITLE_LIMIT } from '../api/limits';
import type { Task, TaskChange } from '../api/types';
import { DetailFields } from './DetailFields';
import { detailsOf, fieldsOf } from './details';

interface Props {
  task: Task;
  /** Resolves to whether it was saved. */
  onSave: (edit: TaskChange) => Promise<boolean>;
  /** `hadFocus`: the focus goes with the form. */
  onDone: (hadFocus: boolean) => void;
}

export function TaskEditor({ task, onSave, onDone }: Props) {
  const id = useId();
  /** As it was when the edit began: what is the same as then was not edited. */
  const [opened] = useState(task);
  const [title, setTitle] = useState(opened.title);
  const [description, setDescription] = useState(opened.description);
  const [details, setDetails] = useState(detailsOf(opened));
  /** While it is saved nothing can be changed that would be lost with the form. */
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  function done() {
    const { activeElement } = document;
    onDone(activeElement === document.body || form.current?.contains(activeElement) === true);
  }

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const edit: TaskChange = fieldsOf(details, detailsOf(opened));
    if (title.trim() !== opened.title) edit.title = title.trim();
    if (description.trim() !== opened.description) edit.description = description.trim();
    if (Object.keys(edit).length === 0) {
      done();
      return;
    }
    setBusy(true);
    if (await onSave(edit)) done();
    else setBusy(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    // Escape that drops an input method's composition belongs to the input method.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') done();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  return (
    <form
      ref={form}
      className="editor"
      aria-label={`Edit ${task.title}`}
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
    >
      <label htmlFor={`${id}-title`}>Title</label>
      <input
        id={`${id}-title`}
        autoFocus
        required
        pattern=".*\S.*"
        autoComplete="off"
        maxLength={TITLE_LIMIT}
        readOnly={busy}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <label htmlFor={`${id}-description`}>Description</label>
      <textarea
        id={`${id}-description`}
        rows={2}
        maxLength={DESCRIPTION_LIMIT}
        readOnly={busy}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <DetailFields details={details} onChange={(changed) => !busy && setDetails(changed)} />
      <div className="actions">
        <button type="submit" className="primary" disabled={busy}>
          Save
        </button>
        <button type="button" onClick={done}>
          Cancel
        </button>
      </div>
    </form>
  );
}
