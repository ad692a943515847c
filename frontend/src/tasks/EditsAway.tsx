/** Edits whose tasks have left the list that is looked at: they go on when the task is shown again. */
import type { RefObject } from 'react';
import { changeOf } from './changeOf';
import type { Edit } from './edits';

interface Props {
  edits: readonly Edit[];
  onDrop: (edit: Edit) => void;
  /** Takes the focus of the button, which goes with its edit. */
  heading: RefObject<HTMLElement | null>;
}

export function EditsAway({ edits, onDrop, heading }: Props) {
  function drop(edit: Edit) {
    heading.current?.focus();
    onDrop(edit);
  }

  const changed = edits.filter((edit) => Object.keys(changeOf(edit)).length > 0);
  if (changed.length === 0) return null;
  return (
    <ul className="notes" aria-label="Edits that are not shown">
      {changed.map((edit) => (
        <li key={edit.opened.id}>
          <span>Your edit of “{edit.opened.title}” is not saved, and the task is not among those shown.</span>
          <button type="button" className="link" aria-label={`Drop the edit of ${edit.opened.title}`} onClick={() => drop(edit)}>
            Drop
          </button>
        </li>
      ))}
    </ul>
  );
}
