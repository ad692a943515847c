/** Tags as people type them: "#Home, errands" is home and errands. */
export function parseTags(text: string): string[] {
  const words = text.toLowerCase().split(/[\s,#]+/);
  return [...new Set(words.filter(Boolean))];
}
