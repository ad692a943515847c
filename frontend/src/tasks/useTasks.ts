/** The task list as the server has it, and what can be done to it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/http';
import type { TaskPage, TodoApi } from '../api/todo';
import type { Task, TaskChange } from '../api/types';
import { parametersOf, type TaskQuery } from './query';
import { useTaskQuery } from './useTaskQuery';

const STEP = 200;

export type Tasks = ReturnType<typeof useTasks>;

/** What the server answered: to which query, and when. */
interface Answer extends TaskPage {
  query: TaskQuery;
  at: Date;
}

export function useTasks(api: TodoApi) {
  const { query, ask } = useTaskQuery();
  const [page, setPage] = useState<Answer>();
  /** All that were seen so far: a list that is filtered by one does not show the others. */
  const [tags, setTags] = useState<string[]>([]);
  const [loadError, setLoadError] = useState<string>();
  const [changeError, setChangeError] = useState<string>();
  const [deleted, setDeleted] = useState<Task>();
  const [added, setAdded] = useState<{ task: Task; query: TaskQuery }>();
  /** A ref, because a change that ends late must reload what is looked at then. */
  const wanted = useRef({ query, count: STEP });
  /** Answers may overtake each other; only that of the last question counts. */
  const latest = useRef(0);

  const reload = useCallback((): Promise<void> => {
    const mine = ++latest.current;
    const { query: asked, count } = wanted.current;
    return api.listTasks(parametersOf(asked), count).then(
      (found) => {
        if (mine !== latest.current) return;
        setPage({ ...found, query: asked, at: new Date() });
        const shown = found.tasks.flatMap((task) => task.tags);
        setTags((seen) => (shown.every((tag) => seen.includes(tag)) ? seen : [...new Set([...seen, ...shown])]));
        setLoadError(undefined);
      },
      (reason: unknown) => {
        if (mine === latest.current) setLoadError(messageOf(reason));
      },
    );
  }, [api]);

  useEffect(() => {
    wanted.current = { query, count: STEP };
    void reload();
  }, [query, reload]);

  // Other tabs and MCP clients change the same list: look again whenever someone comes back to this one.
  useEffect(() => {
    const counter = latest;
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
    setAdded(undefined);
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
      return { ...now, tasks: now.tasks.filter((one) => one.id !== id), total: now.total - 1 };
    });
  }

  async function add(title: string): Promise<boolean> {
    let task: Task | undefined;
    const done = await change(async () => {
      task = await api.addTask(title);
    });
    if (task) setAdded({ task, query: wanted.current.query });
    return done;
  }

  const isHidden = added && added.query === page?.query && !page.tasks.some((one) => one.id === added.task.id);
  return {
    /** Undefined until the first answer. */
    page,
    /** What is looked for, which `page` may not answer yet. */
    query,
    ask,
    tags,
    error: changeError ?? loadError,
    /** What was deleted just now, so that it can be taken back. */
    deleted,
    /** What was added just now, but is not in the list that is looked at. */
    hidden: isHidden ? added.task : undefined,
    reload,
    more: () => {
      wanted.current.count += STEP;
      return reload();
    },
    retry: () => {
      setChangeError(undefined);
      return reload();
    },
    add,
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
