/** A list of the account, and changes to it: each is followed by the list that came of it, as the server has it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { reload } from '../api/cache';

export function useAccountList<T>(queryKey: string[], load: () => Promise<T[]>) {
  const cache = useQueryClient();
  const list = useQuery({ queryKey, queryFn: load });
  /** Why a change was refused. The mutation itself knows only of the last one. */
  const [failure, setFailure] = useState<unknown>();
  const change = useMutation({
    mutationFn: (action: () => Promise<unknown>) => action(),
    onError: (error) => setFailure(error),
    onSettled: () => reload(cache, queryKey),
  });
  return {
    /** undefined until it is known */
    items: list.data,
    error: failure ?? list.error,
    retry: () => {
      setFailure(undefined);
      void list.refetch();
    },
    /** Resolves to whether it went well. */
    change: (action: () => Promise<unknown>): Promise<boolean> => {
      setFailure(undefined);
      return change.mutateAsync(action).then(
        () => true,
        () => false,
      );
    },
  };
}
