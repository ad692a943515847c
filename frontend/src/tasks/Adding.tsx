/** Tasks on their way to the server, which gives each its number and its place in the list. */
import type { NewTask } from '../api/types';

export function Adding({ tasks }: { tasks: readonly NewTask[] }) {
  if (tasks.length === 0) return null;
  return (
    <ul className="adding" aria-label="Being added">
      {tasks.map(({ title }, index) => (
        <li key={index} className="task">
          <div className="text">{title}</div>
        </li>
      ))}
    </ul>
  );
}
