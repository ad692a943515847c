/** Tasks that the server refused while the next one was typed: none of them is lost. */
interface Props<T> {
  tasks: readonly T[];
  onAgain: (task: T) => void;
  onDrop: (task: T) => void;
}

export function NotAdded<T extends { key: string; title: string }>({ tasks, onAgain, onDrop }: Props<T>) {
  if (tasks.length === 0) return null;
  return (
    <ul className="notes" aria-label="Not added">
      {tasks.map((task) => (
        <li key={task.key}>
          <span>“{task.title}” was not added.</span>
          <button type="button" className="link" aria-label={`Add ${task.title} again`} onClick={() => onAgain(task)}>
            Add again
          </button>
          <button type="button" className="link" aria-label={`Drop ${task.title}`} onClick={() => onDrop(task)}>
            Drop
          </button>
        </li>
      ))}
    </ul>
  );
}
