import { useState, type SubmitEvent } from 'react';
import { TITLE_LIMIT } from '../api/limits';
import type { NewTask } from '../api/types';
import { Sliders } from '../ui/icons';
import { Later } from '../ui/Later';
import { fieldsOf, NO_DETAILS, type Details } from './details';
import { DetailFields, onApproach } from './editing';

interface Entry {
  title: string;
  details: Details;
  /** Of one that was given back and is unchanged since: it may have been added all the same, and is not added twice. */
  key?: string;
}

const EMPTY: Entry = { title: '', details: NO_DETAILS };

interface Props {
  /** Resolves to whether the task was taken. */
  onAdd: (task: NewTask, key: string) => Promise<boolean>;
}

export function AddTask({ onAdd }: Props) {
  const [entry, setEntry] = useState(EMPTY);
  const { title, details } = entry;
  const [isOpen, setIsOpen] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return;
    // Emptied at once, so that the next task can be typed meanwhile; given back if it was not taken.
    setEntry(EMPTY);
    // crypto.randomUUID is for pages over HTTPS only.
    const { key = `${Date.now()}-${Math.random()}` } = entry;
    if (await onAdd({ title: wanted, ...fieldsOf(details, NO_DETAILS) }, key)) return;
    setEntry((now) => (now.title ? now : { title: wanted, details, key }));
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
        onChange={(event) => setEntry({ title: event.target.value, details })}
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
            <DetailFields details={details} onChange={(next) => setEntry({ title, details: next })} />
          </Later>
        </div>
      )}
    </form>
  );
}
