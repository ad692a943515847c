/** What was said in a conversation before it was opened, the end first; more of it on request. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { OPENED } from '../api/cache';
import type { TodoApi } from '../api/todo';

/** A conversation, a new one, or the one used last, which is a new one for who has had none. */
export type Start = number | 'new' | 'latest';

export function useStored(api: TodoApi, start: Start) {
  /** Of this view: one that is opened again has to load what was said in it meanwhile. */
  const view = useId();
  // What is said here is not in what was loaded, which must not be loaded again: all of it goes with the view.
  const once = { staleTime: Infinity, gcTime: 0, refetchOnReconnect: false };
  const opened = useQuery({
    queryKey: [...OPENED, view, start],
    queryFn: async () => {
      const id = start === 'latest' ? (await api.listConversations()).items[0]?.id : start;
      return typeof id === 'number' ? api.conversation(id) : null;
    },
    enabled: start !== 'new',
    ...once,
  });
  const id = opened.data?.id;
  const isOpenedEarly = opened.data?.answering === true;
  /** The same conversation once its last message is answered. */
  const answered = useQuery({
    queryKey: [...OPENED, view, 'answered', id],
    queryFn: async ({ signal }) => (await import('./aftermath')).settled(api, id ?? 0, signal),
    enabled: isOpenedEarly,
    ...once,
  });
  const isAnswering = isOpenedEarly && !answered.data;
  const messages = useInfiniteQuery({
    queryKey: [...OPENED, view, 'messages', id, isAnswering],
    queryFn: ({ pageParam }) => api.listMessages(id ?? 0, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled: id !== undefined,
    ...once,
  });
  const isLoaded = !isAnswering && messages.data !== undefined && !messages.isPlaceholderData;
  const failed = [opened, answered, messages].find(({ error }) => error);
  return {
    id,
    /** With the question that it belongs to. */
    approval: isLoaded ? (answered.data ?? opened.data)?.approval : undefined,
    messages: messages.data?.pages.flatMap((page) => page.items).reverse() ?? [],
    isLoading: opened.isLoading || messages.isLoading,
    /** Whether the last message is still being answered, for another window or for nobody. */
    isAnswering,
    isLoaded,
    /** Whether there is more than is shown: what is said meanwhile would be about what nobody has before them. */
    isOpening: !isLoaded && (id !== undefined || typeof start === 'number'),
    error: failed?.error,
    retry: () => void failed?.refetch(),
    hasEarlier: messages.hasNextPage,
    earlier: () => void messages.fetchNextPage(),
  };
}
