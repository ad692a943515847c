import { expect, test } from 'vitest';
import { parseTags } from '../../src/tasks/tags';

test('tags are words, in small letters, each once', () => {
  expect(parseTags(' #Home, errands,,home\t#a#b ')).toEqual(['home', 'errands', 'a', 'b']);
  expect(parseTags(' ,# ')).toEqual([]);
});
