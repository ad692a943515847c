// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
  await page.ada.addTask('Pay rent', { description: 'By bank transfer', priority: 'high', tags: ['home', 'money'], due_at: '2030-05-01T10:00:00Z' });
  await page.ada.addTask('Call mom', { priority: 'low', tags: ['family'], due_at: '2001-05-01T10:00:00Z' });
  await page.ada.addTask('Buy milk', { tags: ['home'] });
});
afterEach(() => page.close());

const shown = () =>
  within(screen.getByRole('list', { name: 'Tasks' }))
    .queryAllByRole('checkbox')
    .map((one) => (one as HTMLInputElement).labels?.[0]?.textContent);
const showing = (...titles: string[]) => waitFor(() => expect(shown()).toEqual(titles));
const search = () => screen.getByRole<HTMLInputElement>('searchbox', { name: 'Search tasks' });
const choose = (name: string, option: string) => page.user.selectOptions(screen.getByRole('combobox', { name }), option);
const said = (text: string) => within(screen.getByRole('region', { name: 'Tasks' })).findByText(text);

test('a search looks into titles, descriptions and tags, and says how much it found', async () => {
  await page.visitLoggedIn();
  await page.user.type(search(), 'TRANSFER rent');
  await showing('Pay rent');
  await said('1 task matches');
  await page.user.clear(search());
  await page.user.type(search(), 'home{Enter}');
  await showing('Buy milk', 'Pay rent');
  await said('2 tasks match');
  expect(window.location.search).toBe('?q=home');
});

test('status, priority, tag and order go together, and into the address', async () => {
  await page.visitLoggedIn();
  await showing('Buy milk', 'Call mom', 'Pay rent');
  await choose('Sort by', 'Next due first');
  await showing('Call mom', 'Pay rent', 'Buy milk');
  await choose('Filter by tag', '#home');
  await showing('Pay rent', 'Buy milk');
  await choose('Filter by priority', 'High');
  await showing('Pay rent');
  await page.user.click(screen.getByRole('button', { name: 'Pending' }));
  expect(window.location.search).toBe('?status=pending&priority=high&tag=home&sort=due_date');
  // The tags that the list does not show are still there to choose.
  expect(screen.getByRole('option', { name: '#family' })).toBeTruthy();
});

test.each([
  ['Oldest first', ['Pay rent', 'Call mom', 'Buy milk']],
  ['High priority first', ['Pay rent', 'Call mom', 'Buy milk']],
  ['Title, A to Z', ['Buy milk', 'Call mom', 'Pay rent']],
  ['Title, Z to A', ['Pay rent', 'Call mom', 'Buy milk']],
])('sorted by “%s”', async (option, titles) => {
  await page.visitLoggedIn();
  await choose('Sort by', option);
  await showing(...titles);
});

test('an address with filters shows what they find, and a reload shows it again', async () => {
  window.history.replaceState(null, '', '/?q=milk&tag=home&sort=title#here');
  await page.visitLoggedIn();
  await showing('Buy milk');
  expect(search().value).toBe('milk');
  page.reload();
  await screen.findByRole('searchbox');
  await showing('Buy milk');
  expect(window.location.hash).toBe('#here');
});

test('what an address asks for that does not exist is left out', async () => {
  window.history.replaceState(null, '', '/?status=lost&priority=huge&sort=mood&other=stays');
  await page.visitLoggedIn();
  await showing('Buy milk', 'Call mom', 'Pay rent');
  await choose('Filter by priority', 'Low');
  await showing('Call mom');
  expect(new URLSearchParams(window.location.search).get('other')).toBe('stays');
});

test('“Back” leads to the list before a search, not through its letters, and “Forward” to the search', async () => {
  await page.visitLoggedIn();
  await showing('Buy milk', 'Call mom', 'Pay rent');
  await choose('Filter by tag', '#home');
  await page.user.type(search(), 'mi{Enter}lk{Enter}');
  await showing('Buy milk');
  window.history.back();
  await showing('Buy milk', 'Pay rent');
  expect(search().value).toBe('');
  window.history.back();
  await showing('Buy milk', 'Call mom', 'Pay rent');
  window.history.forward();
  await showing('Buy milk', 'Pay rent');
  window.history.forward();
  await showing('Buy milk');
  expect(search().value).toBe('milk');
});

test('what is overdue is so too until the list of other filters has come', async () => {
  await page.visitLoggedIn();
  const overdue = await screen.findByText(/^Overdue \S/);
  const before = overdue.textContent;
  const release = page.network.holdOnce('GET', '/api/me/tasks');
  await choose('Filter by priority', 'Low');
  await waitFor(() => expect(screen.getByRole('list', { name: 'Tasks' }).getAttribute('aria-busy')).toBe('true'));
  expect(overdue.textContent).toBe(before);
  release();
  await showing('Call mom');
});

test('a list that filters leave empty says which, and is full again without them', async () => {
  await page.visitLoggedIn();
  await showing('Buy milk', 'Call mom', 'Pay rent');
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await choose('Filter by priority', 'High');
  await choose('Filter by tag', '#family');
  await page.user.type(search(), '50% <b>{Enter}');
  await said('No task matches: completed, high priority, #family, “50% <b>”.');
  await page.user.click(screen.getByRole('button', { name: 'Clear filters' }));
  await showing('Buy milk', 'Call mom', 'Pay rent');
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Tasks' }));
  expect(window.location.search).toBe('');
  expect(search().value).toBe('');
});

test('filters that the backend refuses can be cleared too', async () => {
  window.history.replaceState(null, '', '/?tag=two+words');
  await page.visitLoggedIn();
  expect((await screen.findByRole('alert')).textContent).toContain('tag');
  await page.user.click(screen.getByRole('button', { name: 'Clear filters' }));
  await showing('Buy milk', 'Call mom', 'Pay rent');
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a tag of a task filters the list, and pressed again no more', async () => {
  await page.visitLoggedIn();
  await page.user.click((await screen.findAllByRole('button', { name: 'Only #home' }))[0] as HTMLElement);
  await showing('Buy milk', 'Pay rent');
  const [tag] = screen.getAllByRole('button', { name: 'Only #home', pressed: true });
  await page.user.click(tag as HTMLElement);
  await showing('Buy milk', 'Call mom', 'Pay rent');
});

test('a task that an edit takes out of what is filtered leaves the list', async () => {
  await page.visitLoggedIn();
  await choose('Filter by priority', 'High');
  await showing('Pay rent');
  await page.user.click(screen.getByRole('button', { name: 'Edit Pay rent' }));
  await page.user.selectOptions(await screen.findByLabelText('Priority'), 'Low');
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  await said('No task matches: high priority.');
});

test('a task that is added but that the filters hide is said to be there', async () => {
  await page.visitLoggedIn();
  await choose('Filter by priority', 'High');
  await showing('Pay rent');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Water plants{Enter}');
  const hint = await said('Added “Water plants”, which is not among the tasks shown.');
  await page.user.click(screen.getByRole('button', { name: 'Clear filters' }));
  await showing('Water plants', 'Buy milk', 'Call mom', 'Pay rent');
  expect(hint.isConnected).toBe(false);
});

test('tasks that are overdue are found, which completed ones never are', async () => {
  await page.visitLoggedIn();
  await choose('Filter by due date', 'Overdue');
  await showing('Call mom');
  expect(window.location.search).toBe('?due=overdue');
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await said('Nothing is completed yet.');
  expect(window.location.search).toBe('?status=completed');
  await choose('Filter by due date', 'Overdue');
  await showing('Call mom');
  await choose('Filter by due date', 'Due today');
  await said('No task matches: pending, due today.');
});
test('an edit whose task leaves the list is named, and goes on where the task is shown again', async () => {
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Buy milk' }));
  await page.user.click(screen.getByRole('button', { name: 'Edit Call mom' }));
  const form = await screen.findByRole('form', { name: 'Edit Buy milk' });
  await page.user.type(within(form).getByRole('textbox', { name: 'Title' }), ' and bread');
  await page.user.type(search(), 'rent');
  // Of the other one nothing was changed.
  const notes = within(await screen.findByRole('list', { name: 'Edits that are not shown' })).getAllByRole('listitem');
  expect(notes.map((note) => note.textContent)).toEqual([expect.stringContaining('Your edit of “Buy milk” is not saved')]);

  await page.user.clear(search());
  const again = await screen.findByRole('form', { name: 'Edit Buy milk' });
  expect(within(again).getByRole<HTMLInputElement>('textbox', { name: 'Title' }).value).toBe('Buy milk and bread');
  expect(document.activeElement).toBe(search());
  expect(screen.queryByText(/is not saved/)).toBeNull();

  await page.user.type(search(), 'rent');
  await page.user.click(await screen.findByRole('button', { name: 'Drop the edit of Buy milk' }));
  await page.user.clear(search());
  expect(await screen.findByRole('checkbox', { name: 'Buy milk' })).toBeTruthy();
});
