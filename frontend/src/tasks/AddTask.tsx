import { useState, type SubmitEvent } from 'react';
import { TITLE_LIMIT } from '../api/limits';

export function AddTask({ onAdd }: { onAdd: (title: string) => Promise<boolean> }) {
  const [title, setTitle] = useState('');

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return;
    // Emptied at once, so that the next task can be typed meanwhile; given back if it was not taken.
    setTitle('');
    if (!(await onAdd(wanted))) setTitle((now) => now || wanted);
  }

  return (
    <form className="add-task" onSubmit={(event) => void submit(event)}>
      <label htmlFor="new-task" className="unseen">
        New task
      </label>
      <input
        id="new-task"
        placeholder="What needs doing?"
        autoComplete="off"
        maxLength={TITLE_LIMIT}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <button type="submit" className="primary">
        Add task
      </button>
    </form>
  );
}
