/** Drawings, all hidden from assistive technology: what they say is also said in words. */

/** A symbol of index.html, where drawings are no part of the scripts that a first visit waits for. */
const drawing = (id: string) => () => (
  <svg className="icon" aria-hidden="true">
    <use href={`#${id}`} />
  </svg>
);

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M8.5 16.8l5 5 10-11.6" />
    </svg>
  );
}

export const Pencil = drawing('pencil');
export const Bin = drawing('bin');
export const Tick = drawing('tick');
export const Cross = drawing('cross');
export const Arrow = drawing('arrow');
export const Square = drawing('square');
export const Sliders = drawing('sliders');
export const Contrast = drawing('contrast');
export const Person = drawing('person');
export const Door = drawing('door');
