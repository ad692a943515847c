/** Drawings, all hidden from assistive technology: what they say is also said in words. */
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M8.5 16.8l5 5 10-11.6" />
    </svg>
  );
}

export const Pencil = () => (
  <Icon>
    <path d="M4 16l.7-3.2L13 4.5a1.6 1.6 0 0 1 2.3 0l.2.2a1.6 1.6 0 0 1 0 2.3L7.2 15.3 4 16z" />
    <path d="M11.5 6l2.5 2.5" />
  </Icon>
);

export const Bin = () => (
  <Icon>
    <path d="M4 6h12M8 6V4.500h4V6M5.5 6l.7 9.500h7.600l.7-9.500M8.5 9v4M11.5 9v4" />
  </Icon>
);

export const Tick = () => (
  <Icon>
    <path d="M5 10.500l3.5 3.500L15 6.5" />
  </Icon>
);

export const Cross = () => (
  <Icon>
    <path d="M6 6l8 8M14 6l-8 8" />
  </Icon>
);

export const Arrow = () => (
  <Icon>
    <path d="M10 16V4.500M5 9l5-5 5 5" />
  </Icon>
);

export const Square = () => (
  <Icon>
    <path d="M6.500 6.500h7v7h-7z" />
  </Icon>
);

export const Sliders = () => (
  <Icon>
    <path d="M3.500 6.500h6M14 6.500h2.500M3.500 13.500H6M10.500 13.500h6" />
    <circle cx="11.800" cy="6.500" r="2.200" />
    <circle cx="8.200" cy="13.500" r="2.200" />
  </Icon>
);

export const Contrast = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.500" />
    <path d="M10 3.500v13a6.500 6.500 0 0 0 0-13z" fill="currentColor" />
  </Icon>
);

export const Person = () => (
  <Icon>
    <path d="M10 10a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM4 16.500c.6-3 3-4.300 6-4.300s5.400 1.300 6 4.300" />
  </Icon>
);

export const Door = () => (
  <Icon>
    <path d="M8 4H4.500v12H8M8.500 10H16M13 7l3 3-3 3" />
  </Icon>
);
