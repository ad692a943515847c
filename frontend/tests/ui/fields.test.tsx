// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startPage } from '../support/page';
import { beIn } from '../support/zone';

beIn('America/New_York');

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => {
  page.close();
  vi.useRealTimers();
});

const sent = () => page.network.bodies.at(-1);
async function open(title: string) {
  await page.user.click(await screen.findByRole('button', { name: `Edit ${title}` }));
  await screen.findByLabelText('Priority');
}
const save = () => page.user.click(screen.getByRole('button', { name: 'Save' }));
const row = async (title: string) => (await screen.findByRole('checkbox', { name: title })).closest('li') as HTMLElement;

test('priority, tags and due date are edited in place, the date in the zone of the browser', async () => {
  const { id } = await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await open('Pay rent');
  await page.user.selectOptions(screen.getByLabelText('Priority'), 'High');
  await page.user.type(screen.getByLabelText('Tags'), '#Home, money home');
  fireEvent.change(screen.getByLabelText('Due'), { target: { value: '2099-07-01T18:30' } });
  await save();
  const shown = within(await row('Pay rent'));
  expect(shown.getByText('High priority')).toBeTruthy();
  expect(shown.getAllByRole('button', { name: /^Only #/ }).map((one) => one.textContent)).toEqual(['#home', '#money']);
  expect(shown.getByText(/^Due .*2099/).getAttribute('datetime')).toBe('2099-07-01T22:30:00Z');
  expect(sent()).toEqual({ priority: 'high', tags: ['home', 'money'], due_at: '2099-07-01T18:30:00-04:00' });
  expect(await page.ada.task(id)).toMatchObject({ priority: 'high', tags: ['home', 'money'], due_at: '2099-07-01T22:30:00Z' });
});

test('a new task gets its priority, tags and due date with its title, and back if it was refused', async () => {
  await page.visitLoggedIn();
  await page.user.click(screen.getByRole('button', { name: 'Priority, due date and tags' }));
  await page.user.selectOptions(await screen.findByLabelText('Priority'), 'High');
  await page.user.type(screen.getByLabelText('Tags'), '#home');
  fireEvent.change(screen.getByLabelText('Due'), { target: { value: '2099-07-01T18:30' } });
  page.network.failOnce('POST', '/api/me/tasks', 503, 'The database does not answer.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}');
  await screen.findByRole('alert');
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>('Tags').value).toBe('#home'));
  await page.user.click(screen.getByRole('button', { name: 'Add task' }));
  expect(within(await row('Pay rent')).getByText('High priority')).toBeTruthy();
  expect(sent()).toEqual({ title: 'Pay rent', priority: 'high', tags: ['home'], due_at: '2099-07-01T18:30:00-04:00' });
  expect(screen.getByLabelText<HTMLInputElement>('Due').value).toBe('');
});

test('a due date and tags can be taken away, and what was not touched is not sent', async () => {
  await page.ada.addTask('Pay rent', { priority: 'low', tags: ['home'], due_at: '2099-07-01T22:30:59Z' });
  await page.visitLoggedIn();
  await open('Pay rent');
  expect(screen.getByLabelText<HTMLInputElement>('Due').value).toBe('2099-07-01T18:30');
  await page.user.clear(screen.getByLabelText('Tags'));
  await save();
  await waitFor(() => expect(sent()).toEqual({ tags: [] }));
  await open('Pay rent');
  fireEvent.change(screen.getByLabelText('Due'), { target: { value: '' } });
  await save();
  await waitFor(() => expect(sent()).toEqual({ due_at: null }));
  expect(within(await row('Pay rent')).queryByText(/Due/)).toBeNull();
});

test('what the backend refuses of an edit is said, and the edit stays open as it is', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await open('Pay rent');
  const long = 'x'.repeat(51);
  await page.user.type(screen.getByLabelText('Tags'), long);
  await save();
  expect((await screen.findByRole('alert')).textContent).toContain('at most 50 characters');
  expect(screen.getByLabelText<HTMLInputElement>('Tags').value).toBe(long);
});

test('a task is overdue until it is completed', async () => {
  await page.ada.addTask('Pay rent', { due_at: '2001-07-01T22:30:00Z' });
  await page.visitLoggedIn();
  expect(within(await row('Pay rent')).getByText(/^Overdue .*2001/)).toBeTruthy();
  await page.user.click(screen.getByRole('checkbox', { name: 'Pay rent' }));
  expect(within(await row('Pay rent')).getByText(/^Due .*2001/)).toBeTruthy();
});

test('a task becomes overdue, and shows what changed elsewhere, on a page that nobody touches', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  const { id } = await page.ada.addTask('Pay rent', { due_at: new Date(Date.now() + 30_000).toISOString() });
  await page.visitLoggedIn();
  expect(within(await row('Pay rent')).getByText(/^Due /)).toBeTruthy();
  await page.ada.changeTask(id, { tags: ['home'] });
  vi.advanceTimersByTime(60_000);
  const shown = within(await row('Pay rent'));
  expect(await shown.findByText(/^Overdue /)).toBeTruthy();
  expect(shown.getByText('#home')).toBeTruthy();
});

test('a deleted task comes back with its priority, tags and due date', async () => {
  await page.ada.addTask('Pay rent', { priority: 'high', tags: ['home'], due_at: '2099-07-01T22:30:00Z' });
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Delete Pay rent' }));
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  const shown = within(await row('Pay rent'));
  expect(shown.getByText('High priority')).toBeTruthy();
  expect(shown.getByText('#home')).toBeTruthy();
  expect(shown.getByText(/^Due /)).toBeTruthy();
});
