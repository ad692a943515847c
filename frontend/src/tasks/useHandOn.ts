/** A row that leaves a list with the focus in it hands the focus on. */
import { useLayoutEffect, useRef, useState, type FocusEvent, type RefObject } from 'react';
import type { Task } from '../api/types';

/**
 * @param left the task that leaves without handing on, since the button that takes it back gets the focus
 * @param heading takes the focus where no row is left to take it
 * @returns the task whose row has or had the focus last, and the handlers of the list
 */
export function useHandOn(
  list: RefObject<HTMLElement | null>,
  rows: readonly Task[],
  left: number | undefined,
  heading: RefObject<HTMLElement | null>,
) {
  const [focused, setFocused] = useState<number>();
  const place = useRef<{ id: number; index: number }>(undefined);

  useLayoutEffect(() => {
    if (!place.current) return;
    const { id } = place.current;
    const found = rows.findIndex((row) => row.id === id);
    if (found >= 0) place.current.index = found;
    // Nobody has moved the focus away, which the list would have been told: what had it is gone.
    if (document.activeElement !== document.body) return;
    const { index } = place.current;
    const next = list.current?.querySelector(`[data-index="${Math.min(index, rows.length - 1)}"]`);
    // Its form is being loaded, and takes the focus itself.
    if (next?.querySelector('[aria-busy="true"]')) return;
    place.current = undefined;
    if (id === left) return;
    const row = next?.querySelector('input');
    (row instanceof HTMLElement ? row : heading.current)?.focus();
  });

  function onFocus({ target }: FocusEvent) {
    const index = Number(target.closest('[data-index]')?.getAttribute('data-index'));
    const id = rows[index]?.id;
    place.current = id === undefined ? undefined : { id, index };
    setFocused(id);
  }

  function onBlur() {
    place.current = undefined;
  }

  return { focused, onFocus, onBlur };
}
