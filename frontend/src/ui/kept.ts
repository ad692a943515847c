/** What is typed and not sent yet. It outlives the view that it is typed in, for as long as the same person has the page. */
import { createContext, useCallback, useContext, useState, useSyncExternalStore } from 'react';

export type Kept = ReturnType<typeof createKept>;

export function createKept() {
  const values = new Map<string, unknown>();
  const listeners = new Set<() => void>();
  return {
    read: <T>(name: string, initial: T): T => (values.has(name) ? (values.get(name) as T) : initial),
    write: (name: string, value: unknown) => {
      values.set(name, value);
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const KeptContext = createContext(createKept());

/** As useState, of a name that one view at a time has; what is set after the view has gone is there when it comes back. */
export function useKept<T>(name: string, initial: T): [T, (change: (now: T) => T) => void] {
  const kept = useContext(KeptContext);
  const [first] = useState(initial);
  const value = useSyncExternalStore(kept.subscribe, () => kept.read(name, first));
  const change = useCallback((next: (now: T) => T) => kept.write(name, next(kept.read(name, first))), [kept, name, first]);
  return [value, change];
}
