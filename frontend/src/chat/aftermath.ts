/** What only messages without an answer need, in one file of the build. */
export { recovery } from './recovery';
export { settled } from './settled';
