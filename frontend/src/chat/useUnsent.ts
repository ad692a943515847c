/** The last message, if it was not taken: it outlives its view, where "Try again" is no more. */
import { useEffect, useRef } from 'react';
import type { Said } from '../api/types';

/** @param onUnsent gets it once the view has ended; the same function all the time */
export function useUnsent(onUnsent: (message: string) => void) {
  const unsent = useRef<string>(undefined);
  const hasEnded = useRef(false);
  useEffect(() => {
    hasEnded.current = false;
    return () => {
      hasEnded.current = true;
      if (unsent.current) onUnsent(unsent.current);
    };
  }, [onUnsent]);

  return {
    keep(said: Said) {
      if (!('message' in said)) return;
      if (hasEnded.current) onUnsent(said.message);
      else unsent.current = said.message;
    },
    drop() {
      unsent.current = undefined;
    },
  };
}
