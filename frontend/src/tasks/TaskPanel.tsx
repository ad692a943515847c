/** The task list with everything around it: adding, searching, what went wrong, what can be taken back. */
import { useRef } from 'react';
import type { TodoApi } from '../api/todo';
import { Failure } from '../ui/Failure';
import { Skeleton } from '../ui/Skeleton';
import { AddTask } from './AddTask';
import { Adding } from './Adding';
import { EVERYTHING, isFiltered, STATUSES, summarize } from './query';
import { TaskFilters } from './TaskFilters';
import { TaskList } from './TaskList';
import { Undo } from './Undo';
import { useTasks } from './useTasks';

export function TaskPanel({ api }: { api: TodoApi }) {
  const tasks = useTasks(api);
  const { query, found, error, deleted, hidden } = tasks;
  const scroller = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  /** For buttons that go when they are pressed: the focus goes where what comes of it will show. */
  function press(action: () => void) {
    heading.current?.focus();
    action();
  }

  return (
    <section ref={scroller} className="tasks" aria-labelledby="tasks-heading">
      <div>
        <div className="panel-head">
          <h2 ref={heading} id="tasks-heading" tabIndex={-1}>
            Tasks
          </h2>
          {found && found.total > 0 && !isFiltered(found.query) && (
            <p className="count">
              {found.total} {STATUSES.find(({ value }) => value === found.query.status)?.noun}
            </p>
          )}
          <div className="filters" role="group" aria-label="Show">
            {STATUSES.map(({ value, label }) => (
              <button key={value} type="button" aria-pressed={query.status === value} onClick={() => tasks.ask({ status: value })}>
                {label}
              </button>
            ))}
          </div>
        </div>
        <AddTask onAdd={tasks.add} />
        <TaskFilters query={query} tags={tasks.tags} onAsk={tasks.ask} />
        <Failure error={error} isAll={!found} onRetry={() => press(tasks.retry)} />
        <div className={found?.total === 0 ? 'empty' : 'found'}>
          <p role="status">{found && summarize(found.query, found.total)}</p>
          {isFiltered(query) && (
            <button type="button" className="link" onClick={() => press(() => tasks.ask(EVERYTHING))}>
              Clear filters
            </button>
          )}
        </div>
        {!found && !error && <Skeleton label="Loading your tasks" rows={6} />}
        <Adding tasks={tasks.adding} />
      </div>
      <TaskList tasks={tasks} scroller={scroller} heading={heading} />
      <p role="status" className="undo">
        {deleted && <Undo key={deleted.id} deleted={deleted} onUndo={() => press(() => void tasks.restore(deleted))} />}
        {hidden && <span>Added “{hidden.title}”, which is not among the tasks shown.</span>}
      </p>
    </section>
  );
}
