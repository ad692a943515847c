/** The task list as the server has it, and what can be done to it. */
import {
  keepPreviousData,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useMutationState,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { reload, TAGS, TASKS } from '../api/cache';
import { isUnclear } from '../api/http';
import type { TaskPage, TodoApi } from '../api/todo';
import type { NewTask, Task, TaskChange } from '../api/types';
import { send, withMade, withPending, type Change } from './changes';
import { isSame, parametersOf, type TaskQuery } from './query';
import { useTaskQuery } from './useTaskQuery';

const MINUTE = 60_000;

export type Tasks = ReturnType<typeof useTasks>;

/** With what it answers, since a list is shown until that of the next query has come. */
interface AnsweredPage extends TaskPage {
  query: TaskQuery;
  /** When it was asked for. */
  at: number;
}

export function useTasks(api: TodoApi) {
  const { query, ask } = useTaskQuery();
  const cache = useQueryClient();
  const [deleted, setDeleted] = useState<Task>();
  const [added, setAdded] = useState<{ task: Task; query: TaskQuery; at: number }>();
  /** New tasks, from the moment they are asked for; `at` is when the server had them. */
  const [adding, setAdding] = useState<readonly { change: Change; fields: NewTask; at?: number }[]>([]);
  /** Why a change was refused. The mutation itself knows only of the last one, and others may be refused before it. */
  const [failure, setFailure] = useState<unknown>();

  const list = useInfiniteQuery({
    queryKey: [...TASKS, query],
    queryFn: async ({ pageParam }): Promise<AnsweredPage> => {
      const now = new Date();
      const page = await api.listTasks(parametersOf(query, now), pageParam);
      const shown = page.tasks.flatMap((task) => task.tags);
      cache.setQueryData<string[]>(TAGS, (seen = []) => [...new Set([...seen, ...shown])]);
      return { ...page, query, at: now.getTime() };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    // What is due becomes overdue, and other clients change tasks. A long list is loaded again only when it is come back to.
    refetchInterval: ({ state }) => state.data?.pages.length === 1 && MINUTE,
  });
  /** All that were seen so far: a list that is filtered by one does not show the others. */
  const { data: tags = [] } = useQuery<string[]>({ queryKey: TAGS, queryFn: skipToken });
  const pending = useMutationState({
    filters: { mutationKey: TASKS, status: 'pending' },
    select: (mutation) => mutation.state.variables as Change,
  });

  const change = useMutation({
    mutationKey: TASKS,
    // One after the other, in the order in which they were asked for: "Undo" finds what it takes back.
    scope: { id: 'tasks' },
    mutationFn: async (next: Change) => {
      const made = await send(api, next);
      const at = Date.now();
      setAdding((now) => now.map((one) => (one.change === next ? { ...one, at } : one)));
      return { made, at };
    },
    onSuccess: ({ made }, next) => {
      if (!isTakenBack(next)) {
        cache.setQueriesData<InfiniteData<AnsweredPage>>({ queryKey: TASKS }, (pages) => withMade(pages, next, made) as typeof pages);
      }
      const refreshed = refresh();
      // Whether a new task is in the list can be said only then.
      return next.kind === 'add' ? refreshed : undefined;
    },
    onError: () => void refresh(),
  });

  /** Whether "Undo" waits for it: then the task is back soon, and stays in its place until then. */
  function isTakenBack(next: Change): boolean {
    const waiting = cache.getMutationCache().findAll({ mutationKey: TASKS, status: 'pending' });
    return waiting.some(({ state }) => {
      const other = state.variables as Change;
      return next.kind === 'remove' && other.kind === 'restore' && other.task.id === next.task.id;
    });
  }

  /** After the last of several changes, since the list would show what the others have not done yet. */
  async function refresh() {
    if (cache.isMutating({ mutationKey: TASKS }) === 1) await reload(cache, TASKS);
  }

  /** Resolves to whether it went well. */
  async function perform(next: Change): Promise<boolean> {
    const before = deleted;
    const now = next.kind === 'remove' ? next.task : undefined;
    setFailure(undefined);
    // Another change leaves what can be taken back.
    if ('task' in next) setDeleted(now);
    setAdded(undefined);
    if (next.kind === 'add') setAdding((now) => [...now.filter(isOnItsWay), { change: next, fields: next.fields }]);
    try {
      const { made, at } = await change.mutateAsync(next);
      if (next.kind === 'add' && made) setAdded({ task: made, query, at });
      return true;
    } catch (error) {
      setFailure(error);
      setAdding((now) => now.filter((one) => one.change !== next));
      // Nothing came of it, so what could be taken back still can. What may be deleted can be, once it is gone from the list.
      if ('task' in next && !(now && isUnclear(error))) setDeleted((latest) => (latest === now ? before : latest));
      return false;
    }
  }

  const pages = list.data?.pages;
  const loaded = useMemo(() => pages?.flatMap((page) => page.tasks) ?? [], [pages]);
  const rows = useMemo(() => withPending(loaded, pending), [loaded, pending]);
  const isListed = rows.some((row) => row.id === deleted?.id);
  // The server has it again, or still.
  if (isListed && list.isSuccess && !list.isFetching && pending.length === 0) setDeleted(undefined);
  const last = pages?.at(-1);
  const at = pages?.[0]?.at ?? 0;
  /** Only a list that was asked for after a task was there can tell whether it has it. */
  function isOnItsWay(one: { at?: number }): boolean {
    return one.at === undefined || at < one.at;
  }
  const isHidden = added && last && !isOnItsWay(added) && isSame(added.query, last.query) && !loaded.some((one) => one.id === added.task.id);
  return {
    /** What is looked for, which the list may not answer yet. */
    query,
    ask,
    /** Undefined until the first answer: what it answers, and how many there are, loaded or not. */
    found: last && { query: last.query, total: last.total - (loaded.length - rows.length) },
    rows,
    /** When the list that is shown was asked for. */
    at,
    isBusy: list.isPending || list.isPlaceholderData,
    hasMore: list.hasNextPage && !list.isPlaceholderData,
    /** All of it or a part: to ask for more meanwhile would cut that short, and lose what it brings. */
    isLoading: list.isFetching,
    /** Nothing more is loaded by itself until somebody tries again. */
    isStuck: list.isFetchNextPageError,
    more: () => void list.fetchNextPage(),
    tags,
    error: failure ?? list.error,
    retry: () => {
      setFailure(undefined);
      void list.refetch();
    },
    /** What was deleted just now, so that it can be taken back. */
    deleted: isListed ? undefined : deleted,
    /** New tasks that the list does not know yet, the newest first. */
    adding: adding.filter(isOnItsWay).map((one) => one.fields).reverse(),
    /** What was added just now, but is not in the list that is looked at. */
    hidden: isHidden ? added.task : undefined,
    add: (fields: NewTask, key: string) => perform({ kind: 'add', fields, key }),
    edit: (task: Task, fields: TaskChange) => perform({ kind: 'edit', id: task.id, fields }),
    remove: (task: Task) => perform({ kind: 'remove', task }),
    restore: (task: Task) => perform({ kind: 'restore', task }),
  };
}
