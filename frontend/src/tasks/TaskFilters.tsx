/** Search, filters and order of the list. */
import { DUES, PRIORITIES, SORTS, type TaskQuery } from './query';
import { Search } from './Search';

interface Props {
  query: TaskQuery;
  /** The tags to choose from. */
  tags: string[];
  onAsk: (change: Partial<TaskQuery>) => void;
}

export function TaskFilters({ query, tags, onAsk }: Props) {
  const options = [...new Set(query.tag ? [...tags, query.tag] : tags)].sort((a, b) => a.localeCompare(b));
  return (
    <div className="narrow-down">
      <Search q={query.q} onSearch={(q) => onAsk({ q })} />
      <select
        aria-label="Filter by priority"
        data-chosen={query.priority !== ''}
        value={query.priority}
        onChange={(event) => onAsk({ priority: event.target.value as TaskQuery['priority'] })}
      >
        <option value="">Any priority</option>
        {PRIORITIES.map(({ value, label }) => (
          <option key={value} value={value}>
            {value === 'none' ? 'No priority' : label}
          </option>
        ))}
      </select>
      <select
        aria-label="Filter by tag"
        data-chosen={query.tag !== ''}
        value={query.tag}
        onChange={(event) => onAsk({ tag: event.target.value })}
      >
        <option value="">Any tag</option>
        {options.map((tag) => (
          <option key={tag} value={tag}>
            #{tag}
          </option>
        ))}
      </select>
      <select
        aria-label="Filter by due date"
        data-chosen={query.due !== ''}
        value={query.due}
        onChange={(event) => onAsk({ due: event.target.value as TaskQuery['due'] })}
      >
        <option value="">Any due date</option>
        {DUES.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label="Sort by"
        value={query.sort}
        onChange={(event) => onAsk({ sort: event.target.value as TaskQuery['sort'] })}
      >
        {SORTS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
