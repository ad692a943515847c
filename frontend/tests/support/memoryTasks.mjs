/** Lists and fields of tasks, as the backend has them: app/tasks/listing.py and fields.py. */

/** @typedef {{ id: number, user_id: string, title: string, description: string, completed: boolean,
 *   completed_at: string | null, priority: string, tags: string[], due_at: string | null,
 *   created_at: string, updated_at: string }} Task */

const PRIORITIES = ['none', 'low', 'medium', 'high'];
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const PARAMETERS = {
  status: /^(all|pending|completed)$/,
  priority: /^(none|low|medium|high)$/,
  tag: /^#?[^\s,#]{1,50}$/,
  q: /^.{0,200}$/,
  due_after: MOMENT,
  due_before: MOMENT,
  sort: /^-?(created|title|due_date|priority)$/,
  limit: /^([1-9]\d?|1\d\d|200)$/,
  cursor: /^\d+$/,
  count: /^(true|false)$/,
};
const FIELDS = ['title', 'description', 'completed', 'priority', 'tags', 'due_at'];

/** @param {URLSearchParams} query @returns {string | undefined} why the backend refuses it */
export function refuseQuery(query) {
  for (const [name, value] of query) {
    const allowed = PARAMETERS[/** @type {keyof typeof PARAMETERS} */ (name)];
    if (!allowed?.test(value)) return `${name}: “${value}” is not possible.`;
  }
  return undefined;
}

/** @param {Task[]} tasks @param {URLSearchParams} query @returns {Task[]} those that fit, in order */
export function select(tasks, query) {
  const status = query.get('status') ?? 'all';
  const priority = query.get('priority');
  const tag = query.get('tag')?.replace(/^#/, '').toLowerCase();
  const [after, before] = ['due_after', 'due_before'].map((name) => query.get(name));
  const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {Task} */ one) => {
    const text = [one.title, one.description, ...one.tags].join('\n').toLowerCase();
    return (
      (status === 'all' || one.completed === (status === 'completed')) &&
      (priority === null || one.priority === priority) &&
      (tag === undefined || one.tags.includes(tag)) &&
      (!after || (one.due_at !== null && new Date(one.due_at) >= new Date(after))) &&
      (!before || (one.due_at !== null && new Date(one.due_at) < new Date(before))) &&
      words.every((word) => text.includes(word))
    );
  };
  const sort = query.get('sort') ?? 'created';
  const name = sort.replace('-', '');
  const falling = (name === 'created' || name === 'priority') !== sort.startsWith('-');
  return tasks.filter(fits).sort((a, b) => (compare(a, b, name) || a.id - b.id) * (falling ? -1 : 1));
}

/** @param {Task} a @param {Task} b @param {string} name of what they are sorted by */
function compare(a, b, name) {
  if (name === 'title') return a.title.localeCompare(b.title);
  if (name === 'priority') return PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  // No due date is the latest of all.
  if (name === 'due_date') return (a.due_at ?? '9').localeCompare(b.due_at ?? '9');
  return a.created_at.localeCompare(b.created_at);
}

/** @param {Record<string, unknown>} body @returns {string | undefined} why the backend refuses it */
export function refuseFields(body) {
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown) return `${unknown}: there is no such field.`;
  const { priority, tags, due_at } = body;
  if (priority !== undefined && !PRIORITIES.some((one) => one === priority)) return 'priority: must be none, low, medium or high.';
  if (Array.isArray(tags) && tags.some((tag) => !PARAMETERS.tag.test(String(tag)))) {
    return 'tags: must be one word of at most 50 characters each.';
  }
  if (typeof due_at === 'string' && !MOMENT.test(due_at)) return 'due_at: must be a date and time with an offset.';
  return undefined;
}

/** @param {Record<string, unknown>} body @returns {Partial<Task>} as it is stored */
export function normalize(body) {
  const { tags, due_at, ...others } = body;
  /** @type {Partial<Task>} */
  const fields = others;
  if (Array.isArray(tags)) fields.tags = [...new Set(tags.map((tag) => String(tag).replace(/^#/, '').toLowerCase()))];
  if (due_at === null) fields.due_at = null;
  if (typeof due_at === 'string') fields.due_at = new Date(due_at).toISOString().replace('.000Z', 'Z');
  return fields;
}
