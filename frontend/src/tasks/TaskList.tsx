/** The tasks shown, and more on request. What leaves with the focus in it hands the focus on. */
import { Component, createRef, type RefObject } from 'react';
import { TaskItem } from './TaskItem';
import type { Tasks } from './useTasks';

interface Props {
  tasks: Tasks;
  /** Takes the focus where no task is left to take it. */
  heading: RefObject<HTMLElement | null>;
}

/** A class, because no hook is told where the focus is before an update takes it away. */
export class TaskList extends Component<Props> {
  readonly #rows = createRef<HTMLUListElement>();
  readonly #more = createRef<HTMLButtonElement>();

  /** The index of the row with the focus; for the button below them that of the row to come, else -1. */
  override getSnapshotBeforeUpdate(): number {
    const rows = [...(this.#rows.current?.children ?? [])];
    const focused = document.activeElement;
    return focused === this.#more.current ? rows.length : rows.findIndex((row) => row.contains(focused));
  }

  override componentDidUpdate({ tasks: before }: Props, _state: unknown, index: number) {
    if (index < 0 || document.activeElement !== document.body) return;
    const { deleted } = this.props.tasks;
    // Undo takes the focus of what was deleted here.
    if (deleted && deleted.id === before.page?.tasks[index]?.id) return;
    const rows = this.#rows.current?.children;
    const row = rows?.[Math.min(index, rows.length - 1)];
    (row?.querySelector('input') ?? this.props.heading.current)?.focus();
  }

  override render() {
    const { tasks } = this.props;
    const { page } = tasks;
    return (
      <>
        <ul ref={this.#rows} aria-label="Tasks" className="task-list" aria-busy={page?.query !== tasks.query}>
          {page?.tasks.map((task) => (
            <TaskItem key={task.id} task={task} tasks={tasks} now={page.at} />
          ))}
        </ul>
        {page && page.total > page.tasks.length && (
          <button ref={this.#more} type="button" onClick={() => void tasks.more()}>
            Show more ({page.tasks.length} of {page.total} shown)
          </button>
        )}
      </>
    );
  }
}
