import { useEffect, useRef } from 'react';
import type { Task } from '../api/types';

export function Undo({ deleted, onUndo }: { deleted: Task; onUndo: () => void }) {
  const button = useRef<HTMLButtonElement>(null);

  // The button that deleted the task has gone with it. A focus that is elsewhere by now stays there.
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus();
  }, []);

  return (
    <>
      <span>Deleted “{deleted.title}”.</span>{' '}
      <button ref={button} type="button" className="link" onClick={onUndo}>
        Undo
      </button>
    </>
  );
}
