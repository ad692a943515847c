/** What was said in a conversation before it was opened, the end first; more of it on request. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
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
  const messages = useInfiniteQuery({
    queryKey: [...OPENED, view, 'messages', id],
    queryFn: ({ pageParam }) => api.listMessages(id ?? 0, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    enabled: id !== undefined,
    ...once,
  });
  return {
    id,
    approval: opened.data?.approval,
    messages: messages.data?.pages.flatMap((page) => page.items).reverse() ?? [],
    isLoading: opened.isLoading || messages.isLoading,
    isLoaded: messages.isSuccess,
    error: opened.error ?? messages.error,
    retry: () => void (opened.error ? opened : messages).refetch(),
    hasEarlier: messages.hasNextPage,
    earlier: () => void messages.fetchNextPage(),
  };
}
