/** Priority, due date and tags of a task: in the form of a new task and in that of an edit. */
import { useId } from 'react';
import type { Priority } from '../api/types';
import type { Details } from './details';
import { PRIORITIES } from './query';

interface Props {
  details: Details;
  onChange: (details: Details) => void;
}

export function DetailFields({ details, onChange }: Props) {
  const id = useId();
  return (
    <div className="fields">
      <div>
        <label htmlFor={`${id}-priority`}>Priority</label>
        <select
          id={`${id}-priority`}
          value={details.priority}
          onChange={(event) => onChange({ ...details, priority: event.target.value as Priority })}
        >
          {PRIORITIES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-due`}>Due</label>
        {/* The years that the server takes. */}
        <input
          id={`${id}-due`}
          type="datetime-local"
          min="1900-01-02T00:00"
          max="2999-12-30T23:59"
          value={details.due}
          onChange={(event) => onChange({ ...details, due: event.target.value })}
        />
      </div>
      <div>
        <label htmlFor={`${id}-tags`}>Tags</label>
        <input
          id={`${id}-tags`}
          autoComplete="off"
          autoCapitalize="none"
          placeholder="home errands"
          value={details.tags}
          onChange={(event) => onChange({ ...details, tags: event.target.value })}
        />
      </div>
    </div>
  );
}
