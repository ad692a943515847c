import { useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { DESCRIPTION_LIMIT, TITLE_LIMIT, type Task } from '../api/types';

interface Props {
  task: Task;
  /** Resolves to whether it was saved. */
  onSave: (title: string, description: string) => Promise<boolean>;
  onDone: () => void;
}

export function TaskEditor({ task, onSave, onDone }: Props) {
  const [title, setTitle] = useState(task.title);
  const [description, setDescription] = useState(task.description);
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    if (await onSave(title.trim(), description.trim())) onDone();
    else setBusy(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  return (
    <form className="editor" aria-label={`Edit ${task.title}`} onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown}>
      <label htmlFor="edit-title">Title</label>
      <input
        id="edit-title"
        autoFocus
        required
        pattern=".*\S.*"
        autoComplete="off"
        maxLength={TITLE_LIMIT}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <label htmlFor="edit-description">Description</label>
      <textarea
        id="edit-description"
        rows={2}
        maxLength={DESCRIPTION_LIMIT}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <div className="actions">
        <button type="submit" className="primary" disabled={busy}>
          Save
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}
