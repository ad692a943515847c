// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EMAIL, startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const list = () => screen.getByRole('list', { name: 'Tasks' });
const shown = () => within(list()).queryAllByRole('checkbox').map((one) => (one as HTMLInputElement).labels?.[0]?.textContent);

test('a task is added with Enter, and the field is ready for the next', async () => {
  await page.visitLoggedIn();
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, '  Pay rent {Enter}Call mom');
  await page.user.click(screen.getByRole('button', { name: 'Add task' }));
  await waitFor(() => expect(shown()).toEqual(['Call mom', 'Pay rent']));
  expect(field.value).toBe('');
});

test('a task that was refused is given back to the field, with the reason', async () => {
  await page.visitLoggedIn();
  page.backend.failOnce('POST', '/api/me/tasks', 503, 'The database does not answer.');
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, 'Pay rent{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await waitFor(() => expect(field.value).toBe('Pay rent'));
});

test('completing moves a task from pending to completed', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  page.backend.addTask(EMAIL, 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('checkbox', { name: 'Pay rent' }));
  await page.user.click(screen.getByRole('button', { name: 'Pending' }));
  await waitFor(() => expect(shown()).toEqual(['Call mom']));
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await waitFor(() => expect(shown()).toEqual(['Pay rent']));
});

test('a completion that was refused does not stay on the screen', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  page.backend.failOnce('PATCH', '/api/me/tasks/1/complete', 503, 'The database does not answer.');
  const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Pay rent' });
  await page.user.click(box);
  await screen.findByRole('alert');
  await waitFor(() => expect(box.checked).toBe(false));
});

test('a completion that was refused is taken back even while the list cannot be loaded', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Pay rent' });
  page.backend.failOnce('PATCH', '/api/me/tasks/1/complete', 502, 'The backend cannot be reached.');
  page.backend.failOnce('GET', '/api/me/tasks', 502, 'The backend cannot be reached.');
  await page.user.click(box);
  await screen.findByRole('alert');
  await waitFor(() => expect(box.checked).toBe(false));
});

test('title and description are edited in place; Escape changes nothing and returns to the button', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  expect(document.activeElement).toBe(screen.getByLabelText('Title'));
  await page.user.type(screen.getByLabelText('Title'), ' today');
  await page.user.type(screen.getByLabelText('Description'), 'From the shared account');
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  // The editor closes when the change is saved; until then its textarea has this text too.
  const edit = await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(screen.getByText('From the shared account')).toBeTruthy();

  await page.user.click(edit);
  await page.user.type(screen.getByLabelText('Title'), ', never{Escape}');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Edit Pay rent today' }));
  expect(page.backend.titles(EMAIL)).toEqual(['Pay rent today']);
});

test('saving an edit leaves alone what it did not touch, however it has changed meanwhile', async () => {
  const task = page.backend.addTask(EMAIL, 'Pay rent', 'Before Friday');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(screen.getByLabelText('Title'), ' today');
  task.description = 'The assistant was here';
  document.dispatchEvent(new Event('visibilitychange'));
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(task.description).toBe('The assistant was here');
});

test('saving an edit that changes nothing closes it without a word to the backend', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(screen.getByLabelText('Title'), ' {Enter}');
  await screen.findByRole('button', { name: 'Edit Pay rent' });
  expect(page.backend.requests.filter((one) => one.startsWith('PATCH'))).toEqual([]);
});

test('an edit is saved once, however often it is sent', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(screen.getByLabelText('Title'), ' today{Control>}{Enter}{Enter}{/Control}');
  await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(page.backend.requests.filter((one) => one.startsWith('PATCH'))).toHaveLength(1);
});

test('two tasks can be edited side by side', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  page.backend.addTask(EMAIL, 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.click(screen.getByRole('button', { name: 'Edit Call mom' }));
  const titles = screen.getAllByRole<HTMLInputElement>('textbox', { name: 'Title' });
  expect(titles.map((one) => one.value)).toEqual(['Call mom', 'Pay rent']);
});

test('a deleted task can be taken back as it was, with its number', async () => {
  page.backend.addTask(EMAIL, 'Pay rent', 'Before Friday');
  page.backend.addTask('bob@example.org', 'Of somebody else');
  page.backend.addTask(EMAIL, 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('checkbox', { name: 'Pay rent' }));
  await page.user.click(screen.getByRole('button', { name: 'Delete Pay rent' }));
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Pay rent' });
  expect(screen.getByText('Before Friday')).toBeTruthy();
  await waitFor(() => expect(box.checked).toBe(true));
  expect(screen.getByTitle('The assistant knows it as task 1')).toBeTruthy();
  expect(shown()).toEqual(['Call mom', 'Pay rent']);
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

test('a deleted task that could not be taken back can be taken back later', async () => {
  page.backend.addTask(EMAIL, 'Pay rent', 'Before Friday');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Delete Pay rent' }));
  page.backend.failOnce('POST', '/api/me/tasks/1/restore', 503, 'The database does not answer.');
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Reload the list' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  await page.user.click(screen.getByRole('button', { name: 'Undo' }));
  expect(await screen.findByText('Before Friday')).toBeTruthy();
  expect(page.backend.titles(EMAIL)).toEqual(['Pay rent']);
});

test('a change that ends late does not bring back the filter it began under', async () => {
  page.backend.addTask(EMAIL, 'Pay rent');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  const release = page.backend.holdOnce('POST', '/api/me/tasks');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await screen.findByText('Nothing is completed yet.');
  release();
  await waitFor(() => expect(page.backend.requests.at(-1)).toContain('status=completed'));
  await waitFor(() => expect(page.backend.titles(EMAIL)).toContain('Call mom'));
  expect(shown()).toEqual([]);
});

test('a long list comes in parts, and says how much of it is shown', async () => {
  for (let number = 1; number <= 205; number++) page.backend.addTask(EMAIL, `Task ${number}`);
  await page.visitLoggedIn();
  await page.user.click(await screen.findByText('Show more (200 of 205 shown)'));
  await waitFor(() => expect(list().children).toHaveLength(205));
  expect(screen.queryByText(/Show more/)).toBeNull();
});

test('coming back to the tab shows what changed elsewhere', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  page.backend.addTask(EMAIL, 'Added by an MCP client');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(await screen.findByText('Added by an MCP client')).toBeTruthy();
});
