/** Edits whose tasks have left the list that is looked at: they go on when the task is shown again. */
import { changeOf } from './changeOf';
import type { Edit } from './edits';

export function EditsAway({ edits, onDrop }: { edits: readonly Edit[]; onDrop: (edit: Edit) => void }) {
  const changed = edits.filter((edit) => Object.keys(changeOf(edit)).length > 0);
  if (changed.length === 0) return null;
  return (
    <ul className="notes" aria-label="Edits that are not shown">
      {changed.map((edit) => (
        <li key={edit.opened.id}>
          <span>Your edit of “{edit.opened.title}” is not saved, and the task is not among those shown.</span>
          <button type="button" className="link" aria-label={`Drop the edit of ${edit.opened.title}`} onClick={() => onDrop(edit)}>
            Drop
          </button>
        </li>
      ))}
    </ul>
  );
}
