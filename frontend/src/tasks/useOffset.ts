/** How far below the start of what scrolls an element is, also when what is above it grows. */
import { useEffect, useState, type RefObject } from 'react';

export function useOffset(element: RefObject<HTMLElement | null>, scroller: RefObject<HTMLElement | null>): number {
  const [offset, setOffset] = useState(0);
  useEffect(() => {
    const measure = () => setOffset(element.current?.offsetTop ?? 0);
    const observer = new ResizeObserver(measure);
    for (const child of scroller.current?.children ?? []) if (child !== element.current) observer.observe(child);
    return () => observer.disconnect();
  }, [element, scroller]);
  return offset;
}
