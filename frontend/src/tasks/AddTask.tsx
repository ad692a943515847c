import { useState, type SubmitEvent } from 'react';
import { TITLE_LIMIT } from '../api/limits';
import type { NewTask } from '../api/types';
import { Sliders } from '../ui/icons';
import { Later } from '../ui/Later';
import { fieldsOf, NO_DETAILS } from './details';
import { DetailFields, onApproach } from './editing';

/** @param onAdd resolves to whether the task was taken */
export function AddTask({ onAdd }: { onAdd: (task: NewTask) => Promise<boolean> }) {
  const [title, setTitle] = useState('');
  const [details, setDetails] = useState(NO_DETAILS);
  const [isOpen, setIsOpen] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return;
    // Emptied at once, so that the next task can be typed meanwhile; given back if it was not taken.
    setTitle('');
    setDetails(NO_DETAILS);
    if (await onAdd({ title: wanted, ...fieldsOf(details, NO_DETAILS) })) return;
    setTitle((now) => now || wanted);
    setDetails((now) => (now === NO_DETAILS ? details : now));
  }

  return (
    <form className="add-task" aria-label="New task" onSubmit={(event) => void submit(event)}>
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
      <button
        type="button"
        className="details"
        aria-label="Priority, due date and tags"
        aria-expanded={isOpen}
        aria-controls="new-task-details"
        onClick={() => setIsOpen(!isOpen)}
        {...onApproach}
      >
        <Sliders />
      </button>
      <button type="submit" className="primary">
        Add task
      </button>
      {isOpen && (
        <div id="new-task-details">
          <Later>
            <DetailFields details={details} onChange={setDetails} />
          </Later>
        </div>
      )}
    </form>
  );
}
