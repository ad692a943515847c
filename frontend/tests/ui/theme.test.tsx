// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyTheme } from '../../src/ui/theme';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

test('the theme that was chosen stays with the browser', async () => {
  await page.visitLoggedIn();
  const root = document.documentElement;
  expect(root.dataset['theme']).toBeUndefined();
  await page.user.click(screen.getByRole('button', { name: 'Dark', pressed: false }));
  expect(root.dataset['theme']).toBe('dark');
  delete root.dataset['theme'];
  applyTheme();
  page.reload();
  await page.user.click(await screen.findByRole('button', { name: 'Dark', pressed: true }));
  expect(root.dataset['theme']).toBe('light');
});
