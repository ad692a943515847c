// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { startPage } from '../support/page';
import { Person } from '../support/person';

/** Somebody with more tasks than the backend lists at a time. */
let owner: Person;
beforeAll(async () => {
  owner = await Person.register();
  await owner.addTasks('Call mom', ...Array.from({ length: 250 }, (_, index) => `Task ${index + 1}`));
});

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage(await owner.logIn());
  page.shrinkTo(10);
});
afterEach(() => page.close());

const list = () => screen.getByRole('list', { name: 'Tasks' });
const shown = () => within(list()).queryAllByRole('checkbox').map((one) => (one as HTMLInputElement).labels?.[0]?.textContent);
function scrollTo(top: number) {
  const scroller = screen.getByRole('region', { name: 'Tasks' });
  scroller.scrollTop = top;
  scroller.dispatchEvent(new Event('scroll'));
}

test('of a long list only the rows that are looked at are in the page, each with its place among all', async () => {
  await page.visitLoggedIn();
  await waitFor(() => expect(shown()[0]).toBe('Task 250'));
  const rows = within(list()).getAllByRole('listitem');
  expect(rows.length).toBeLessThan(40);
  expect(rows[3]?.getAttribute('aria-posinset')).toBe('4');
  expect(rows[3]?.getAttribute('aria-setsize')).toBe('251');
  expect(page.network.requests.filter((one) => one.startsWith('GET /api/me/tasks'))).toHaveLength(1);
});

test('the next part of a list is loaded on the way to it, and the row with the focus stays', async () => {
  await page.visitLoggedIn();
  const first = await screen.findByRole('checkbox', { name: 'Task 250' });
  first.focus();
  scrollTo(150 * 50);
  await waitFor(() => expect(page.network.requests.filter((one) => one.includes('cursor='))).toHaveLength(1));
  scrollTo(240 * 54);
  await screen.findByRole('checkbox', { name: 'Task 5' });
  expect(document.activeElement).toBe(first);
  expect(screen.queryByRole('checkbox', { name: 'Task 240' })).toBeNull();
});

test('the next part of a list waits for the whole that is being loaded', async () => {
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Task 250' });
  const release = page.network.holdOnce('GET', '/api/me/tasks');
  const asked = () => page.network.requests.filter((one) => one.startsWith('GET /api/me/tasks?')).length;
  const { id } = await page.ada.addTask('Added elsewhere');
  onTestFinished(() => owner.deleteTask(id));
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await waitFor(() => expect(asked()).toBe(2));
  scrollTo(150 * 50);
  await screen.findByRole('checkbox', { name: 'Task 100' });
  expect(asked()).toBe(2);
  release();
  await waitFor(() => expect(asked()).toBe(3));
  scrollTo(0);
  await screen.findByRole('checkbox', { name: 'Added elsewhere' });
});

test('a list of several parts is not asked for again by the clock', async () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Task 250' });
  scrollTo(150 * 50);
  await waitFor(() => expect(page.network.requests.filter((one) => one.includes('cursor='))).toHaveLength(1));
  scrollTo(240 * 54);
  await screen.findByRole('checkbox', { name: 'Task 5' });
  const before = page.network.requests.length;
  vi.advanceTimersByTime(10 * 60_000);
  expect(await page.ada.titles()).toContain('Task 250');
  expect(page.network.requests).toHaveLength(before);
});

test('an edit that was begun is still there after a look at the end of the list', async () => {
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Task 250' }));
  await page.user.type(await screen.findByLabelText('Title'), ' of mine');
  scrollTo(90 * 50);
  await screen.findByRole('checkbox', { name: 'Task 155' });
  expect(screen.getByLabelText<HTMLInputElement>('Title').value).toBe('Task 250 of mine');
});

test('a next part that cannot be loaded says why, and comes at the next try', async () => {
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Task 250' });
  page.network.failOnce('GET', '/api/me/tasks', 503, 'The database does not answer.');
  scrollTo(190 * 50);
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  expect(screen.getByRole('checkbox', { name: 'Task 60' })).toBeTruthy();
  await page.user.click(screen.getByRole('button', { name: 'Reload the list' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
});

test('more of a search is shown under the same filters', async () => {
  page.shrinkTo(1_000);
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('searchbox', { name: 'Search tasks' }), 'task{Enter}');
  await waitFor(() => expect(list().children).toHaveLength(250));
});
