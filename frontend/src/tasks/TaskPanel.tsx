/** The task list with everything around it: adding, searching, what went wrong, what can be taken back. */
import { useRef } from 'react';
import type { Task } from '../api/types';
import { AddTask } from './AddTask';
import { EVERYTHING, isFiltered, STATUSES, summarize } from './query';
import { TaskFilters } from './TaskFilters';
import { TaskList } from './TaskList';
import { Undo } from './Undo';
import type { Tasks } from './useTasks';

export function TaskPanel({ tasks }: { tasks: Tasks }) {
  const { page, query, error, deleted, hidden } = tasks;
  const heading = useRef<HTMLHeadingElement>(null);

  // These buttons go when they are pressed; the focus goes where what comes of it will show.
  function restore(task: Task) {
    heading.current?.focus();
    void tasks.restore(task);
  }

  function retry() {
    heading.current?.focus();
    void tasks.retry();
  }

  function clear() {
    heading.current?.focus();
    tasks.ask(EVERYTHING);
  }

  return (
    <section className="tasks" aria-labelledby="tasks-heading">
      <div className="panel-head">
        <h2 ref={heading} id="tasks-heading" tabIndex={-1}>
          Tasks
        </h2>
        {page && page.total > 0 && !isFiltered(page.query) && (
          <p className="count">
            {page.total} {STATUSES.find(({ value }) => value === page.query.status)?.noun}
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
      {error && (
        <p role="alert" className="error">
          {error}{' '}
          <button type="button" className="link" onClick={retry}>
            Reload the list
          </button>
        </p>
      )}
      <div className={page?.total === 0 ? 'empty' : 'found'}>
        <p role="status">{page && summarize(page.query, page.total)}</p>
        {isFiltered(query) && (
          <button type="button" className="link" onClick={clear}>
            Clear filters
          </button>
        )}
      </div>
      <TaskList tasks={tasks} heading={heading} />
      <p role="status" className="undo">
        {deleted && <Undo key={deleted.id} deleted={deleted} onUndo={() => restore(deleted)} />}
        {hidden && <span>Added “{hidden.title}”, which is not among the tasks shown.</span>}
      </p>
    </section>
  );
}
