import { useId, useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { DESCRIPTION_LIMIT, TITLE_LIMIT } from '../api/limits';
import type { Priority, Task, TaskChange } from '../api/types';
import { fromLocal, toLocal } from './due';
import { PRIORITIES } from './query';
import { parseTags } from './tags';

interface Props {
  task: Task;
  /** Resolves to whether it was saved. */
  onSave: (edit: TaskChange) => Promise<boolean>;
  onDone: () => void;
}

export function TaskEditor({ task, onSave, onDone }: Props) {
  const id = useId();
  /** As it was when the edit began: what is the same as then was not edited. */
  const [opened] = useState(task);
  const [title, setTitle] = useState(opened.title);
  const [description, setDescription] = useState(opened.description);
  const [priority, setPriority] = useState(opened.priority);
  const [tags, setTags] = useState(opened.tags.join(' '));
  const [due, setDue] = useState(toLocal(opened.due_at));
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const edit: TaskChange = {};
    if (title.trim() !== opened.title) edit.title = title.trim();
    if (description.trim() !== opened.description) edit.description = description.trim();
    if (priority !== opened.priority) edit.priority = priority;
    if (parseTags(tags).join(' ') !== opened.tags.join(' ')) edit.tags = parseTags(tags);
    // As text: a due date may have seconds, which the field has not.
    if (due !== toLocal(opened.due_at)) edit.due_at = fromLocal(due);
    if (Object.keys(edit).length === 0) {
      onDone();
      return;
    }
    setBusy(true);
    if (await onSave(edit)) onDone();
    else setBusy(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>) {
    // Escape that drops an input method's composition belongs to the input method.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onDone();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  return (
    <form className="editor" aria-label={`Edit ${task.title}`} onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown}>
      <label htmlFor={`${id}-title`}>Title</label>
      <input
        id={`${id}-title`}
        autoFocus
        required
        pattern=".*\S.*"
        autoComplete="off"
        maxLength={TITLE_LIMIT}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <label htmlFor={`${id}-description`}>Description</label>
      <textarea
        id={`${id}-description`}
        rows={2}
        maxLength={DESCRIPTION_LIMIT}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <div className="fields">
        <div>
          <label htmlFor={`${id}-priority`}>Priority</label>
          <select id={`${id}-priority`} value={priority} onChange={(event) => setPriority(event.target.value as Priority)}>
            {PRIORITIES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label htmlFor={`${id}-due`}>Due</label>
          {/* The years that the server takes. */}
          <input
            id={`${id}-due`}
            type="datetime-local"
            min="1900-01-02T00:00"
            max="2999-12-30T23:59"
            value={due}
            onChange={(event) => setDue(event.target.value)}
          />
        </div>
        <div>
          <label htmlFor={`${id}-tags`}>Tags</label>
          <input
            id={`${id}-tags`}
            autoComplete="off"
            autoCapitalize="none"
            placeholder="home errands"
            value={tags}
            onChange={(event) => setTags(event.target.value)}
          />
        </div>
      </div>
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
