// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import * as icons from '../../src/ui/icons';

const INDEX = join(import.meta.dirname, '../../index.html');

test('each drawing is in index.html, which has no others', () => {
  const document = new DOMParser().parseFromString(readFileSync(INDEX, 'utf8'), 'text/html');
  const drawn = [...document.querySelectorAll('symbol')].map(({ id }) => `#${id}`);
  const { container } = render(Object.values(icons).map((Icon, index) => <Icon key={index} />));
  const named = [...container.querySelectorAll('use')].map((use) => use.getAttribute('href'));
  expect(named.sort()).toEqual(drawn.sort());
  expect(named).not.toEqual([]);
});
