/** The task list with everything around it: adding, filtering, what went wrong, what can be taken back. */
import { useRef } from 'react';
import type { Task, TaskStatus } from '../api/types';
import { AddTask } from './AddTask';
import { TaskList } from './TaskList';
import { Undo } from './Undo';
import type { Tasks } from './useTasks';

const FILTERS: { status: TaskStatus; label: string; noun: string; empty: string }[] = [
  { status: 'all', label: 'All', noun: 'in all', empty: 'Nothing here yet. Add your first task above, or ask the assistant to.' },
  { status: 'pending', label: 'Pending', noun: 'pending', empty: 'Nothing is pending. Everything is done.' },
  { status: 'completed', label: 'Completed', noun: 'completed', empty: 'Nothing is completed yet.' },
];

export function TaskPanel({ tasks }: { tasks: Tasks }) {
  const { page, status, error, deleted } = tasks;
  const heading = useRef<HTMLHeadingElement>(null);

  // Both buttons go when they are pressed; the focus goes where what comes of it will show.
  function restore(task: Task) {
    heading.current?.focus();
    void tasks.restore(task);
  }

  function retry() {
    heading.current?.focus();
    void tasks.retry();
  }

  const shown = FILTERS.find((filter) => filter.status === status);
  return (
    <section className="tasks" aria-labelledby="tasks-heading">
      <div className="panel-head">
        <h2 ref={heading} id="tasks-heading" tabIndex={-1}>
          Tasks
        </h2>
        {page && page.total > 0 && (
          <p className="count">
            {page.total} {shown?.noun}
          </p>
        )}
        <div className="filters" role="group" aria-label="Show">
          {FILTERS.map((filter) => (
            <button
              key={filter.status}
              type="button"
              aria-pressed={status === filter.status}
              onClick={() => void tasks.filter(filter.status)}
            >
              {filter.label}
            </button>
          ))}
        </div>
      </div>
      <AddTask onAdd={tasks.add} />
      {error && (
        <p role="alert" className="error">
          {error}{' '}
          <button type="button" className="link" onClick={retry}>
            Reload the list
          </button>
        </p>
      )}
      <TaskList tasks={tasks} heading={heading} />
      {page?.tasks.length === 0 && <p className="empty">{shown?.empty}</p>}
      <p role="status" className="undo">
        {deleted && <Undo key={deleted.id} deleted={deleted} onUndo={() => restore(deleted)} />}
      </p>
    </section>
  );
}
