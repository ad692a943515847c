import { useRef, useState, type CSSProperties, type Ref, type SyntheticEvent } from 'react';
import { flushSync } from 'react-dom';
import type { Task } from '../api/types';
import { Bin, Pencil } from '../ui/icons';
import { Later } from '../ui/Later';
import { onApproach, TaskEditor } from './editing';
import { begun, type Edit } from './edits';
import { TaskFacts } from './TaskFacts';
import type { Tasks } from './useTasks';

interface Props {
  ref: Ref<HTMLLIElement>;
  task: Task;
  tasks: Tasks;
  now: Date;
  /** Its place among the rows that are loaded, and how many there are in all. */
  index: number;
  count: number;
  style: CSSProperties;
  edit: Edit | undefined;
  /** Undefined ends it. */
  onEdit: (edit: Edit | undefined) => void;
}

/** The second click of a double click is not meant for the row that has moved there. A keyboard's has no number. */
const isSecond = ({ nativeEvent }: SyntheticEvent<unknown, Event>) => (nativeEvent as UIEvent).detail > 1;

export function TaskItem({ ref, task, tasks, now, index, count, style, edit, onEdit }: Props) {
  const editButton = useRef<HTMLButtonElement>(null);
  /** Whether it was asked for here just now: one that comes back with its task takes nobody's focus. */
  const [isAskedFor, setIsAskedFor] = useState(false);
  /** What the box was set to last: the list knows it only a moment later, and a box must not jump back meanwhile. */
  const [checked, setChecked] = useState<boolean>();
  // Of a long list only some rows are there, so each says which it is.
  const place = { 'data-index': index, 'aria-posinset': index + 1, 'aria-setsize': count };

  async function complete(completed: boolean) {
    setChecked(completed);
    await tasks.edit(task, { completed });
    setChecked(undefined);
  }

  /** A focus that has moved on from the form stays where it is. */
  function stopEditing(hadFocus: boolean) {
    flushSync(() => onEdit(undefined));
    if (hadFocus) editButton.current?.focus();
  }

  if (edit) {
    return (
      <li ref={ref} {...place} style={style}>
        <Later>
          <TaskEditor
            edit={edit}
            onChange={onEdit}
            autoFocus={isAskedFor}
            onSave={(change) => tasks.edit(task, change)}
            onDone={stopEditing}
          />
        </Later>
      </li>
    );
  }
  const checkbox = `task-${task.id}`;
  return (
    <li ref={ref} {...place} style={style} className="task" data-completed={task.completed}>
      <input
        id={checkbox}
        type="checkbox"
        checked={checked ?? task.completed}
        onChange={(event) => {
          if (!isSecond(event)) void complete(event.target.checked);
        }}
      />
      <div className="text">
        <label htmlFor={checkbox}>{task.title}</label>
        {task.description && <p>{task.description}</p>}
        <TaskFacts task={task} now={now} only={tasks.query.tag} onTag={(tag) => tasks.ask({ tag })} />
      </div>
      {/* The number is what the assistant calls it by: "mark task 3 as complete". */}
      <span className="number" title={`The assistant knows it as task ${task.id}`}>
        {task.id}
      </span>
      <button
        ref={editButton}
        type="button"
        className="tool"
        aria-label={`Edit ${task.title}`}
        onClick={() => {
          setIsAskedFor(true);
          onEdit(begun(task));
        }}
        {...onApproach}
      >
        <Pencil />
      </button>
      <button
        type="button"
        className="tool"
        aria-label={`Delete ${task.title}`}
        onClick={(event) => {
          if (!isSecond(event)) void tasks.remove(task);
        }}
      >
        <Bin />
      </button>
    </li>
  );
}
