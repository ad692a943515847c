/** A list that the server keeps, and changes to it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../api/http';

export interface List<T> {
  /** undefined until it is known */
  items: T[] | undefined;
  error: string | undefined;
  reload: () => Promise<void>;
  /** Makes a change, then asks for the list that came of it. Resolves to whether it went well. */
  change: (action: () => Promise<unknown>) => Promise<boolean>;
}

/** @param load the same function as long as it is about the same list */
export function useList<T>(load: () => Promise<T[]>): List<T> {
  const [items, setItems] = useState<T[]>();
  const [loadError, setLoadError] = useState<string>();
  const [changeError, setChangeError] = useState<string>();
  /** Answers may overtake each other; only that of the last question counts. */
  const latest = useRef(0);

  const ask = useCallback((): Promise<void> => {
    const mine = ++latest.current;
    return load().then(
      (found) => {
        if (mine !== latest.current) return;
        setItems(found);
        setLoadError(undefined);
      },
      (reason: unknown) => {
        if (mine === latest.current) setLoadError(messageOf(reason));
      },
    );
  }, [load]);

  useEffect(() => {
    const counter = latest;
    void ask();
    return () => {
      counter.current++;
    };
  }, [ask]);

  async function change(action: () => Promise<unknown>): Promise<boolean> {
    setChangeError(undefined);
    let done = true;
    try {
      await action();
    } catch (reason) {
      setChangeError(messageOf(reason));
      done = false;
    }
    await ask();
    return done;
  }

  function reload(): Promise<void> {
    setChangeError(undefined);
    return ask();
  }

  return { items, error: changeError ?? loadError, reload, change };
}
