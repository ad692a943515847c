/** Loaded with the forms that need it. */
import type { TaskChange } from '../api/types';
import { detailsOf, fieldsOf } from './details';
import type { Edit } from './edits';

/** What an edit changes, which may be nothing. */
export function changeOf({ opened, title, description, details }: Edit): TaskChange {
  const change: TaskChange = fieldsOf(details, detailsOf(opened));
  if (title.trim() !== opened.title) change.title = title.trim();
  if (description.trim() !== opened.description) change.description = description.trim();
  return change;
}
