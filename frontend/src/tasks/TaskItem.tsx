import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Task } from '../api/types';
import { Bin, Pencil } from '../ui/icons';
import { TaskEditor } from './TaskEditor';
import { TaskFacts } from './TaskFacts';
import type { Tasks } from './useTasks';

interface Props {
  task: Task;
  tasks: Tasks;
  now: Date;
}

export function TaskItem({ task, tasks, now }: Props) {
  const [editing, setEditing] = useState(false);
  const editButton = useRef<HTMLButtonElement>(null);

  function stopEditing() {
    flushSync(() => setEditing(false));
    editButton.current?.focus();
  }

  if (editing) {
    return (
      <li>
        <TaskEditor task={task} onSave={(edit) => tasks.save(task, edit)} onDone={stopEditing} />
      </li>
    );
  }
  const checkbox = `task-${task.id}`;
  return (
    <li className="task" data-completed={task.completed}>
      <input
        id={checkbox}
        type="checkbox"
        checked={task.completed}
        onChange={(event) => void tasks.setCompleted(task, event.target.checked)}
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
        onClick={() => setEditing(true)}
      >
        <Pencil />
      </button>
      <button type="button" className="tool" aria-label={`Delete ${task.title}`} onClick={() => void tasks.remove(task)}>
        <Bin />
      </button>
    </li>
  );
}
