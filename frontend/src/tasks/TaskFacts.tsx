/** Below a title: when the task is due, how much it matters, and its tags, each of which filters the list. */
import type { Task } from '../api/types';
import { describe } from './due';

interface Props {
  task: Task;
  now: Date;
  /** The tag that the list is filtered by. */
  only: string;
  /** Gets the tag to filter by, empty for any. */
  onTag: (tag: string) => void;
}

export function TaskFacts({ task, now, only, onTag }: Props) {
  const { due_at, priority, tags } = task;
  if (due_at === null && priority === 'none' && tags.length === 0) return null;
  const late = due_at !== null && !task.completed && new Date(due_at) < now;
  return (
    <div className="facts">
      {due_at !== null && (
        <time dateTime={due_at} data-late={late}>
          {late ? 'Overdue' : 'Due'} {describe(due_at, now)}
        </time>
      )}
      {priority !== 'none' && (
        <span className="priority" data-priority={priority}>
          {priority[0]?.toUpperCase()}
          {priority.slice(1)} priority
        </span>
      )}
      {tags.map((tag) => (
        <button
          key={tag}
          type="button"
          className="tag"
          aria-label={`Only #${tag}`}
          aria-pressed={only === tag}
          onClick={() => onTag(only === tag ? '' : tag)}
        >
          #{tag}
        </button>
      ))}
    </div>
  );
}
