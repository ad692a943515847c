/** Edits of tasks that were begun and are not saved yet. */
import type { Task } from '../api/types';
import { detailsOf, type Details } from './details';

export interface Edit {
  /** As it was when the edit began: what is the same as then was not edited. */
  opened: Task;
  title: string;
  description: string;
  details: Details;
}

/** By the task's id. */
export type Edits = Readonly<Record<number, Edit>>;

export function begun(task: Task): Edit {
  return { opened: task, title: task.title, description: task.description, details: detailsOf(task) };
}

export function withEdit(edits: Edits, id: number, edit: Edit | undefined): Edits {
  if (edit) return { ...edits, [id]: edit };
  return Object.fromEntries(Object.entries(edits).filter(([key]) => Number(key) !== id));
}
