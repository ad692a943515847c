/** The task list as the server has it, and what can be done to it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/http';
import type { TodoApi } from '../api/todo';
import type { Task, TaskChange, TaskPage, TaskStatus } from '../api/types';

const STEP = 200;

export type Tasks = ReturnType<typeof useTasks>;

export function useTasks(api: TodoApi) {
  const [status, setStatus] = useState<TaskStatus>('all');
  const [page, setPage] = useState<TaskPage>();
  const [loadError, setLoadError] = useState<string>();
  const [changeError, setChangeError] = useState<string>();
  const [deleted, setDeleted] = useState<Task>();
  /** A ref, because a change that ends late must reload what is looked at then. */
  const query = useRef<{ status: TaskStatus; wanted: number }>({ status: 'all', wanted: STEP });
  /** Answers may overtake each other; only that of the last question counts. */
  const latest = useRef(0);

  const reload = useCallback((): Promise<void> => {
    const mine = ++latest.current;
    return api.listTasks(query.current.status, query.current.wanted).then(
      (found) => {
        if (mine !== latest.current) return;
        setPage(found);
        setLoadError(undefined);
      },
      (reason: unknown) => {
        if (mine === latest.current) setLoadError(messageOf(reason));
      },
    );
  }, [api]);

  // Other tabs and MCP clients change the same list: look again whenever someone comes back to this one.
  useEffect(() => {
    const counter = latest;
    void reload();
    const lookAgain = () => {
      if (document.visibilityState === 'visible') void reload();
    };
    document.addEventListener('visibilitychange', lookAgain);
    return () => {
      counter.current++;
      document.removeEventListener('visibilitychange', lookAgain);
    };
  }, [reload]);

  /** Makes a change, then shows the list that came of it. Resolves to whether it went well. */
  async function change(action: () => Promise<unknown>): Promise<boolean> {
    const before = deleted;
    let done = true;
    setChangeError(undefined);
    setDeleted(undefined);
    try {
      await action();
    } catch (reason) {
      setChangeError(messageOf(reason));
      // Nothing came of it, so what could be taken back still can.
      setDeleted((now) => now ?? before);
      done = false;
    }
    await reload();
    return done;
  }

  function show(id: number, completed: boolean) {
    setPage((now) => now && { ...now, tasks: now.tasks.map((one) => (one.id === id ? { ...one, completed } : one)) });
  }

  function drop(id: number) {
    setPage((now) => {
      if (!now?.tasks.some((one) => one.id === id)) return now;
      return { tasks: now.tasks.filter((one) => one.id !== id), total: now.total - 1 };
    });
  }

  return {
    /** Undefined until the first answer. */
    page,
    status,
    error: changeError ?? loadError,
    /** What was deleted just now, so that it can be taken back. */
    deleted,
    reload,
    filter: (next: TaskStatus) => {
      query.current = { status: next, wanted: STEP };
      setStatus(next);
      return reload();
    },
    more: () => {
      query.current.wanted += STEP;
      return reload();
    },
    retry: () => {
      setChangeError(undefined);
      return reload();
    },
    add: (title: string) => change(() => api.addTask(title)),
    save: (task: Task, edit: TaskChange) => change(() => api.updateTask(task.id, edit)),
    setCompleted: (task: Task, completed: boolean) => {
      show(task.id, completed);
      return change(() =>
        api.setCompleted(task.id, completed).catch((reason: unknown) => {
          show(task.id, !completed);
          throw reason;
        }),
      );
    },
    remove: (task: Task) =>
      change(async () => {
        await api.deleteTask(task.id);
        setDeleted(task);
        drop(task.id);
      }),
    restore: (task: Task) => change(() => api.restoreTask(task.id)),
  };
}
