/** The task list with everything around it: adding, filtering, what went wrong, what can be taken back. */
import type { TaskStatus } from '../api/types';
import { AddTask } from './AddTask';
import { TaskItem } from './TaskItem';
import type { Tasks } from './useTasks';

const FILTERS: { status: TaskStatus; label: string; noun: string; empty: string }[] = [
  { status: 'all', label: 'All', noun: 'in all', empty: 'Nothing here yet. Add your first task above, or ask the assistant to.' },
  { status: 'pending', label: 'Pending', noun: 'pending', empty: 'Nothing is pending. Everything is done.' },
  { status: 'completed', label: 'Completed', noun: 'completed', empty: 'Nothing is completed yet.' },
];

export function TaskPanel({ tasks }: { tasks: Tasks }) {
  const { page, status, error, deleted } = tasks;
  const shown = FILTERS.find((filter) => filter.status === status);
  return (
    <section className="tasks" aria-labelledby="tasks-heading">
      <div className="panel-head">
        <h2 id="tasks-heading">Tasks</h2>
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
          <button type="button" className="link" onClick={() => void tasks.retry()}>
            Reload the list
          </button>
        </p>
      )}
      <ul aria-label="Tasks" className="task-list" aria-busy={!page}>
        {page?.tasks.map((task) => (
          <TaskItem key={task.id} task={task} tasks={tasks} />
        ))}
      </ul>
      {page?.tasks.length === 0 && <p className="empty">{shown?.empty}</p>}
      {page && page.total > page.tasks.length && (
        <button type="button" onClick={() => void tasks.more()}>
          Show more ({page.tasks.length} of {page.total} shown)
        </button>
      )}
      <p role="status" className="undo">
        {deleted && (
          <>
            <span>Deleted “{deleted.title}”.</span>{' '}
            <button type="button" className="link" onClick={() => void tasks.restore(deleted)}>
              Undo
            </button>
          </>
        )}
      </p>
    </section>
  );
}
