/** The cache of what the server said, and the names of what is in it. */
import { QueryClient } from '@tanstack/react-query';

export const TASKS = ['tasks'];
export const TAGS = ['tags'];
export const CONVERSATIONS = ['conversations', 'list'];
/** The end of one conversation and what it asks about, as they were when it was opened. */
export const OPENED = ['conversations', 'opened'];
export const SESSIONS = ['sessions'];
export const TOKENS = ['tokens'];

/** One for each login, so that nothing of it is left for the next. */
export function createCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // A failure is shown at once, with a button that tries again. Some browsers take themselves for offline wrongly.
      queries: { retry: false, networkMode: 'always', refetchOnReconnect: true },
      mutations: { networkMode: 'always' },
    },
  });
}

/** Long enough for changes that wait for others, short enough for who wants to leave. */
const PATIENCE_MS = 5_000;

/** Lets the changes that are on their way end. @returns whether all of them were made, as far as that was waited for */
export async function finish(cache: QueryClient): Promise<boolean | undefined> {
  const changes = cache.getMutationCache().findAll({ status: 'pending' });
  const pause = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  // What waits for others goes on waiting: it is not hurried by this.
  const ends = await Promise.race([Promise.allSettled(changes.map((one) => one.continue())), pause]);
  return ends?.every(({ status }) => status === 'fulfilled');
}

/** Loads lists again, also one that is being loaded for the first time, which may be from before what has changed. */
export async function reload(cache: QueryClient, queryKey: readonly string[]): Promise<void> {
  await cache.cancelQueries({ queryKey });
  await cache.invalidateQueries({ queryKey });
}
