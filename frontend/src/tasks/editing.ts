/** The forms that the list itself does not need: loaded when the pointer or the focus comes near. */
import { lazy } from 'react';

const loadEditor = () => import('./TaskEditor');
const loadEditsAway = () => import('./EditsAway');
const loadDetails = () => import('./DetailFields');

export const TaskEditor = lazy(() => loadEditor().then((module) => ({ default: module.TaskEditor })));
export const EditsAway = lazy(() => loadEditsAway().then((module) => ({ default: module.EditsAway })));
export const DetailFields = lazy(() => loadDetails().then((module) => ({ default: module.DetailFields })));

/** What of it fails is said where the form would be. */
function preload() {
  void loadEditor().catch(() => undefined);
}

export const onApproach = { onFocus: preload, onPointerEnter: preload };
