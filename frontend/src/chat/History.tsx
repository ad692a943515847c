/** The conversations so far, to go on with or to delete. */
import { useInfiniteQuery, useMutation, useMutationState, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type MouseEvent } from 'react';
import { CONVERSATIONS, reload } from '../api/cache';
import { deleteIfThere } from '../api/http';
import type { TodoApi } from '../api/todo';
import { Failure } from '../ui/Failure';
import { Skeleton } from '../ui/Skeleton';
import { HistoryEntry } from './HistoryEntry';

interface Props {
  api: TodoApi;
  /** The one that is open, if it has begun. */
  current: number | undefined;
  onOpen: (id: number) => void;
  /** Called when it is gone, also if this list is closed by then. */
  onDeleted: (id: number) => void;
}

const DELETION = ['delete conversation'];

export function History({ api, current, onOpen, onDeleted }: Props) {
  const cache = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const items = useRef<HTMLUListElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const list = useInfiniteQuery({
    queryKey: CONVERSATIONS,
    queryFn: ({ pageParam }) => api.listConversations(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
  /** Why a deletion was refused. The mutation itself knows only of the last one. */
  const [failure, setFailure] = useState<unknown>();
  const deletion = useMutation({
    mutationKey: DELETION,
    // For good, with its messages; what was done in it stays done.
    mutationFn: (id: number) => deleteIfThere(api.call, `/api/me/conversations/${id}`),
    // The list that came of it is waited for, so that what goes at once comes back only if it was refused.
    onSuccess: (_, id) => {
      onDeleted(id);
      return reload(cache, CONVERSATIONS);
    },
    onError: (error) => setFailure(error),
  });
  const going = useMutationState({
    filters: { mutationKey: DELETION, status: 'pending' },
    select: (mutation) => mutation.state.variables,
  });
  const entries = list.data?.pages.flatMap((page) => page.items).filter(({ id }) => !going.includes(id));

  function remove(id: number) {
    heading.current?.focus();
    setFailure(undefined);
    deletion.mutate(id);
  }

  /** The button goes with the last page: who was on it goes on after what was there before. */
  async function more({ currentTarget: button }: MouseEvent) {
    const last = items.current?.lastElementChild?.querySelector('button');
    const { hasNextPage } = await list.fetchNextPage();
    if (!hasNextPage && [button, document.body].includes(document.activeElement as HTMLElement)) last?.focus();
  }

  function retry() {
    heading.current?.focus();
    setFailure(undefined);
    void list.refetch();
  }

  return (
    <section className="scroll history" aria-labelledby="history-heading">
      <h3 ref={heading} id="history-heading" tabIndex={-1}>
        Earlier conversations
      </h3>
      <Failure error={failure ?? list.error} onRetry={retry} />
      {list.isPending && <Skeleton label="Loading the conversations" rows={4} />}
      {entries?.length === 0 && <p className="empty">There are none yet.</p>}
      <ul ref={items} aria-label="Conversations">
        {entries?.map((one) => (
          <HistoryEntry
            key={one.id}
            conversation={one}
            isCurrent={one.id === current}
            onOpen={() => onOpen(one.id)}
            onDelete={() => remove(one.id)}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" className="again" onClick={(event) => void more(event)}>
          Show more
        </button>
      )}
    </section>
  );
}
