/** What the list is asked for, as the page's address has it: what is not there is the default. */
import { SEARCH_LIMIT } from '../api/limits';
import type { ListParameters, Priority } from '../api/types';
import { dueWithin } from './due';

type TaskStatus = NonNullable<ListParameters['status']>;
/** Empty for any; see `dueWithin`. */
export type Due = '' | 'overdue' | 'today' | 'week';
type TaskSort = NonNullable<ListParameters['sort']>;

/** Which tasks a list holds, those that fit all of it, and in which order. */
export interface TaskQuery {
  status: TaskStatus;
  /** Empty for any. */
  priority: Priority | '';
  /** Without the #; empty for any. */
  tag: string;
  /** Words that title, description or tags contain. */
  q: string;
  due: Due;
  sort: TaskSort;
}

export const STATUSES: { value: TaskStatus; label: string; noun: string; empty: string }[] = [
  { value: 'all', label: 'All', noun: 'in all', empty: 'Nothing here yet. Add your first task above, or ask the assistant to.' },
  { value: 'pending', label: 'Pending', noun: 'pending', empty: 'Nothing is pending. Everything is done.' },
  { value: 'completed', label: 'Completed', noun: 'completed', empty: 'Nothing is completed yet.' },
];

export const PRIORITIES: { value: Priority; label: string }[] = [
  { value: 'high', label: 'High' },
  { value: 'medium', label: 'Medium' },
  { value: 'low', label: 'Low' },
  { value: 'none', label: 'None' },
];

export const DUES: { value: Exclude<Due, ''>; label: string }[] = [
  { value: 'overdue', label: 'Overdue' },
  { value: 'today', label: 'Due today' },
  { value: 'week', label: 'Due this week' },
];

export const SORTS: { value: TaskSort; label: string }[] = [
  { value: 'created', label: 'Newest first' },
  { value: '-created', label: 'Oldest first' },
  { value: 'due_date', label: 'Next due first' },
  { value: 'priority', label: 'High priority first' },
  { value: 'title', label: 'Title, A to Z' },
  { value: '-title', label: 'Title, Z to A' },
];

export const EVERYTHING: Omit<TaskQuery, 'sort'> = { status: 'all', priority: '', tag: '', due: '', q: '' };
const DEFAULT: TaskQuery = { ...EVERYTHING, sort: 'created' };

/** Values that no control of the page could show are left out. */
export function readQuery(search: string): TaskQuery {
  const given = new URLSearchParams(search);
  const one = <T extends string>(name: string, options: { value: T }[]) =>
    options.find((option) => option.value === given.get(name))?.value;
  return normalized({
    status: one('status', STATUSES) ?? DEFAULT.status,
    priority: one('priority', PRIORITIES) ?? DEFAULT.priority,
    tag: given.get('tag') ?? DEFAULT.tag,
    due: one('due', DUES) ?? DEFAULT.due,
    q: (given.get('q') ?? DEFAULT.q).trim().slice(0, SEARCH_LIMIT),
    sort: one('sort', SORTS) ?? DEFAULT.sort,
  });
}

/** What a change makes of a query: what is completed is not overdue, so the later choice of the two counts. */
export function changed(query: TaskQuery, change: Partial<TaskQuery>): TaskQuery {
  if (change.due === 'overdue' && query.status === 'completed') return { ...query, ...change, status: 'pending' };
  return normalized({ ...query, ...change });
}

function normalized(query: TaskQuery): TaskQuery {
  return query.due === 'overdue' && query.status === 'completed' ? { ...query, due: '' } : query;
}

/** The query string of an address, changed to ask for this; parameters of others stay. */
export function writeQuery(query: TaskQuery, search: string): string {
  const written = new URLSearchParams(search);
  for (const name of namesOf(DEFAULT)) {
    written.delete(name);
    if (query[name] !== DEFAULT[name]) written.append(name, query[name]);
  }
  const text = written.toString();
  return text && `?${text}`;
}

export function isSame(one: TaskQuery, other: TaskQuery): boolean {
  return namesOf(one).every((name) => one[name] === other[name]);
}

/** What the backend is asked for: an empty priority or tag is none that a task could have. */
export function parametersOf({ status, priority, tag, due, q, sort }: TaskQuery, now: Date): ListParameters {
  const filters = { ...(priority && { priority }), ...(tag && { tag }), ...(q && { q }), ...dueWithin(due, now) };
  return { status: due === 'overdue' ? 'pending' : status, sort, ...filters };
}

/** Whether it only goes on with a search: "Back" leads to what was there before the search, not through each letter. */
export function continuesSearch(before: TaskQuery, next: TaskQuery): boolean {
  return before.q !== '' && next.q !== '' && isSame({ ...before, q: next.q }, next);
}

export function isFiltered({ priority, tag, due, q }: TaskQuery): boolean {
  return [priority, tag, due, q].some((filter) => filter !== '');
}

/** What a list of that many tasks says about itself; empty where the tasks speak for themselves. */
export function summarize(query: TaskQuery, total: number): string {
  if (!isFiltered(query)) return total > 0 ? '' : (STATUSES.find(({ value }) => value === query.status)?.empty ?? '');
  if (total > 0) return total === 1 ? '1 task matches' : `${total} tasks match`;
  const filters = [
    query.status === 'all' ? '' : query.status,
    query.priority === '' ? '' : query.priority === 'none' ? 'no priority' : `${query.priority} priority`,
    query.tag && `#${query.tag}`,
    DUES.find(({ value }) => value === query.due)?.label.toLowerCase(),
    query.q && `“${query.q}”`,
  ];
  return `No task matches: ${filters.filter(Boolean).join(', ')}.`;
}

/** An address without what the list was asked for: it holds words of the user's. */
export function withoutQuery(search: string): string {
  return writeQuery(DEFAULT, search);
}

function namesOf(query: TaskQuery): (keyof TaskQuery)[] {
  return Object.keys(query) as (keyof TaskQuery)[];
}
