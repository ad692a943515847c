/** Priority, due date and tags of a task, as they are typed and as they are sent. */
import type { Priority, Task } from '../api/types';
import { fromLocal, toLocal } from './due';
import { parseTags } from './tags';

export interface Details {
  priority: Priority;
  /** What an input of type datetime-local has. */
  due: string;
  tags: string;
}

export const NO_DETAILS: Details = { priority: 'none', due: '', tags: '' };

export function detailsOf(task: Task): Details {
  return { priority: task.priority, due: toLocal(task.due_at), tags: task.tags.join(' ') };
}

/** The fields of a task that `details` changes; a due date may have seconds, which the field has not and leaves alone. */
export function fieldsOf(details: Details, before: Details) {
  const tags = parseTags(details.tags);
  return {
    ...(details.priority !== before.priority && { priority: details.priority }),
    ...(tags.join(' ') !== parseTags(before.tags).join(' ') && { tags }),
    ...(details.due !== before.due && { due_at: fromLocal(details.due) }),
  };
}
