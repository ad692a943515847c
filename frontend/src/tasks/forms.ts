/** One chunk of all that editing needs: who needs one part of it needs the others soon. */
export { DetailFields } from './DetailFields';
export { EditsAway } from './EditsAway';
export { TaskEditor } from './TaskEditor';
