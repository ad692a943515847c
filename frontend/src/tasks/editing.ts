/** The forms that the list itself does not need: loaded when the pointer or the focus comes near. */
import { lazy } from 'react';

const load = () => import('./forms');

export const TaskEditor = lazy(() => load().then((forms) => ({ default: forms.TaskEditor })));
export const EditsAway = lazy(() => load().then((forms) => ({ default: forms.EditsAway })));
export const DetailFields = lazy(() => load().then((forms) => ({ default: forms.DetailFields })));

/** What of it fails is said where it would be. */
const preload = () => void load().catch(() => undefined);

export const onApproach = { onFocus: preload, onPointerEnter: preload };
