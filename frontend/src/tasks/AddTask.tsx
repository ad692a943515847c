import { useRef, useState, type SubmitEvent } from 'react';
import { TITLE_LIMIT } from '../api/limits';
import type { NewTask } from '../api/types';
import { Sliders } from '../ui/icons';
import { useKept } from '../ui/kept';
import { Later } from '../ui/Later';
import { fieldsOf, NO_DETAILS, type Details } from './details';
import { DetailFields, onApproach } from './editing';
import { NotAdded } from './NotAdded';

interface Entry {
  title: string;
  details: Details;
  /** Of one that was given back and is unchanged since: it may have been added all the same, and is not added twice. */
  key?: string;
}

/** One that was sent. */
type Sent = Entry & { key: string };

interface State {
  entry: Entry;
  /** Those that could not be given back to the field, as the next one was typed there. */
  refused: readonly Sent[];
}

const EMPTY: Entry = { title: '', details: NO_DETAILS };
const START: State = { entry: EMPTY, refused: [] };
const isEmpty = ({ title, details }: Entry) => !title && Object.keys(fieldsOf(details, NO_DETAILS)).length === 0;

interface Props {
  /** Resolves to whether the task was taken. */
  onAdd: (task: NewTask, key: string) => Promise<boolean>;
}

export function AddTask({ onAdd }: Props) {
  const [{ entry, refused }, setState] = useKept('new task', START);
  const { title, details } = entry;
  const [isOpen, setIsOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  function setEntry(next: Entry) {
    setState((now) => ({ ...now, entry: next }));
  }

  async function add(wanted: Sent) {
    if (await onAdd({ title: wanted.title, ...fieldsOf(wanted.details, NO_DETAILS) }, wanted.key)) return;
    setState((now) => (isEmpty(now.entry) ? { ...now, entry: wanted } : { ...now, refused: [...now.refused, wanted] }));
  }

  function take(one: Sent) {
    setState((now) => ({ ...now, refused: now.refused.filter(({ key }) => key !== one.key) }));
    field.current?.focus();
  }

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return;
    // Emptied at once, so that the next task can be typed meanwhile; given back if it was not taken.
    setEntry(EMPTY);
    // crypto.randomUUID is for pages over HTTPS only.
    const { key = `${Date.now()}-${Math.random()}` } = entry;
    await add({ title: wanted, details, key });
  }

  return (
    <form className="add-task" aria-label="New task" onSubmit={(event) => void submit(event)}>
      <label htmlFor="new-task" className="unseen">
        New task
      </label>
      <input
        ref={field}
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
      <NotAdded
        tasks={refused}
        onAgain={(one) => {
          take(one);
          void add(one);
        }}
        onDrop={take}
      />
    </form>
  );
}
