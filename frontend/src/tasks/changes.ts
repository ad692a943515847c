/** Changes to tasks: those on their way, as the list shows them already, and those that the server has made. */
import type { InfiniteData } from '@tanstack/react-query';
import { ApiError } from '../api/http';
import type { TaskPage, TodoApi } from '../api/todo';
import type { NewTask, Task, TaskChange } from '../api/types';

export type Change =
  | { kind: 'add'; fields: NewTask; key: string }
  | { kind: 'edit'; id: number; fields: TaskChange }
  | { kind: 'remove'; task: Task }
  | { kind: 'restore'; task: Task };

/** Makes a change. @returns the task that came of it, undefined where it is gone */
export async function send(api: TodoApi, change: Change): Promise<Task | undefined> {
  switch (change.kind) {
    case 'add':
      return api.addTask(change.fields, change.key).catch((error: unknown) => {
        // Added by an earlier try, and deleted since by somebody who now wants it again.
        if (error instanceof ApiError && error.status === 409) return api.addTask(change.fields);
        throw error;
      });
    case 'edit':
      return api.updateTask(change.id, change.fields);
    case 'remove':
      await api.deleteTask(change.task.id);
      return undefined;
    case 'restore':
      return api.restoreTask(change.task.id);
  }
}

/** The tasks as they will be if all of these changes succeed. One that fails leaves no trace, as it is in here no more. */
export function withPending(tasks: Task[], pending: readonly Change[]): Task[] {
  if (pending.length === 0) return tasks;
  const removed = new Set<number>();
  const edits = new Map<number, TaskChange>();
  for (const change of pending) {
    if (change.kind === 'remove') removed.add(change.task.id);
    if (change.kind === 'restore') removed.delete(change.task.id);
    if (change.kind === 'edit') edits.set(change.id, { ...edits.get(change.id), ...change.fields });
  }
  return tasks.filter(({ id }) => !removed.has(id)).map((task) => (edits.has(task.id) ? { ...task, ...edits.get(task.id) } : task));
}

/** A list after a change that the server has made; whether the task still belongs there is for the server to say. */
export function withMade(list: InfiniteData<TaskPage> | undefined, change: Change, made: Task | undefined) {
  if (!list || change.kind === 'add') return list;
  const gone = change.kind === 'remove' ? change.task.id : undefined;
  const less = list.pages.some((page) => page.tasks.some(({ id }) => id === gone)) ? 1 : 0;
  const pages = list.pages.map((page) => ({
    ...page,
    total: page.total - less,
    tasks: page.tasks.filter(({ id }) => id !== gone).map((task) => (made?.id === task.id ? made : task)),
  }));
  return { ...list, pages };
}
