/** A list of the account, and changes to it: each is followed by the list that came of it, as the server has it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

export function useAccountList<T>(queryKey: string[], load: () => Promise<T[]>) {
  const cache = useQueryClient();
  const list = useQuery({ queryKey, queryFn: load });
  const change = useMutation({
    mutationFn: (action: () => Promise<unknown>) => action(),
    onSettled: () => cache.invalidateQueries({ queryKey }),
  });
  return {
    /** undefined until it is known */
    items: list.data,
    error: change.error ?? list.error,
    retry: () => {
      change.reset();
      void list.refetch();
    },
    /** Resolves to whether it went well. */
    change: (action: () => Promise<unknown>): Promise<boolean> =>
      change.mutateAsync(action).then(
        () => true,
        () => false,
      ),
  };
}
