/** The forms that the list itself does not need: loaded when the pointer or the focus comes near. */
import { lazy } from 'react';

const loadEditor = () => import('./TaskEditor');
const loadEditsAway = () => import('./EditsAway');
const loadDetails = () => import('./DetailFields');

export const TaskEditor = lazy(() => loadEditor().then((module) => ({ default: module.TaskEditor })));
export const EditsAway = lazy(() => loadEditsAway().then((module) => ({ default: module.EditsAway })));
export const DetailFields = lazy(() => loadDetails().then((module) => ({ default: module.DetailFields })));

/** Also what names an edit that is not shown. What of it fails is said where it would be. */
function preload() {
  void Promise.all([loadEditor(), loadEditsAway()]).catch(() => undefined);
}

export const onApproach = { onFocus: preload, onPointerEnter: preload };
