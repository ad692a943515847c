// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPage } from '../support/page';
import { Person } from '../support/person';

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

test('a task is on the page before the server has it, and no longer where that refuses it', async () => {
  await page.visitLoggedIn();
  const accept = page.network.holdOnce('POST', '/api/me/tasks');
  const refuse = page.network.failLate('POST', '/api/me/tasks', 503, 'The database does not answer.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}Call mom{Enter}');
  const adding = () => within(screen.getByRole('list', { name: 'Being added' })).getAllByRole('listitem').map((one) => one.textContent);
  expect(adding()).toEqual(['Call mom', 'Pay rent']);
  accept();
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Pay rent']));
  expect(adding()).toEqual(['Call mom', 'Pay rent']);
  refuse();
  await screen.findByRole('alert');
  await waitFor(() => expect(shown()).toEqual(['Pay rent']));
  expect(screen.queryByRole('list', { name: 'Being added' })).toBeNull();
});

test('a task that is added while the list of before is being loaded is in the list', async () => {
  const release = page.network.holdOnce('GET', '/api/me/tasks');
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}');
  await waitFor(() => expect(shown()).toEqual(['Pay rent']));
  expect(screen.queryByRole('list', { name: 'Being added' })).toBeNull();
  release();
});

test('a task that was refused is given back to the field, with the reason', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', '/api/me/tasks', 503, 'The database does not answer.');
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, 'Pay rent{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await waitFor(() => expect(field.value).toBe('Pay rent'));
});

test('a task that was refused while the next was typed waits beside the field, to be added again or dropped', async () => {
  await page.visitLoggedIn();
  const refuse = () => page.network.failLate('POST', '/api/me/tasks', 503, 'The database does not answer.');
  const releases = [refuse(), refuse()];
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, 'Pay rent{Enter}Buy milk{Enter}Call');
  releases.forEach((release) => release());
  const refused = await screen.findByRole('list', { name: 'Not added' });
  await waitFor(() => expect(within(refused).getAllByRole('listitem')).toHaveLength(2));
  expect(field.value).toBe('Call');
  await page.user.click(within(refused).getByRole('button', { name: 'Drop Buy milk' }));
  await page.user.click(within(refused).getByRole('button', { name: 'Add Pay rent again' }));
  await waitFor(() => expect(shown()).toEqual(['Pay rent']));
  expect(screen.queryByRole('list', { name: 'Not added' })).toBeNull();
  await page.user.keyboard(' mom{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Call mom', 'Pay rent']));
});

test('details that were chosen for the next task stay when the one before is refused', async () => {
  await page.visitLoggedIn();
  const release = page.network.failLate('POST', '/api/me/tasks', 503, 'The database does not answer.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Priority, due date and tags' }));
  await page.user.type(await screen.findByRole('textbox', { name: 'Tags' }), 'home');
  release();
  await screen.findByRole('list', { name: 'Not added' });
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Tags' }).value).toBe('home');
});

/** Adds a task whose answer gets lost; the field, with the title given back. */
async function addAndLose() {
  await page.visitLoggedIn();
  page.network.loseOnce('POST', '/api/me/tasks');
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, 'Pay rent{Enter}');
  await waitFor(() => expect(field.value).toBe('Pay rent'));
  return field;
}

test('a task that was added but whose answer got lost is not added again by Enter, but by the next title', async () => {
  const field = await addAndLose();
  await page.user.type(field, '{Enter}');
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  await page.user.type(field, 'Pay rent{Enter}Pay rent{Enter}');
  await waitFor(() => expect(shown()).toEqual(['Pay rent', 'Pay rent', 'Pay rent']));
  expect(await page.ada.titles()).toHaveLength(3);
});

test('a task that was deleted after its answer got lost is added again', async () => {
  const field = await addAndLose();
  await page.ada.deleteTask(1);
  await page.user.type(field, '{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Pay rent']));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
});

test('completing moves a task from pending to completed', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('checkbox', { name: 'Pay rent' }));
  await page.user.click(screen.getByRole('button', { name: 'Pending' }));
  await waitFor(() => expect(shown()).toEqual(['Call mom']));
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await waitFor(() => expect(shown()).toEqual(['Pay rent']));
});

test('a completion that was refused does not stay on the screen', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  page.network.failOnce('PATCH', '/api/me/tasks/1', 503, 'The database does not answer.');
  const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Pay rent' });
  await page.user.click(box);
  await screen.findByRole('alert');
  await waitFor(() => expect(box.checked).toBe(false));
});

test('a completion that was refused is taken back even while the list cannot be loaded', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  const box = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Pay rent' });
  page.network.failOnce('PATCH', '/api/me/tasks/1', 502, 'The backend cannot be reached.');
  page.network.failOnce('GET', '/api/me/tasks', 502, 'The backend cannot be reached.');
  await page.user.click(box);
  await screen.findByRole('alert');
  await waitFor(() => expect(box.checked).toBe(false));
});

test('changes show at once, and what is refused comes back where it was', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom', 'Buy milk');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  const release = page.network.holdOnce('DELETE', '/api/me/tasks/2');
  await page.user.click(screen.getByRole('button', { name: 'Delete Call mom' }));
  await waitFor(() => expect(shown()).toEqual(['Buy milk', 'Pay rent']));
  expect(await page.ada.titles()).toContain('Call mom');
  // Asked for while the deletion is still on its way, and made after it.
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(shown()).toEqual(['Buy milk', 'Call mom', 'Pay rent']));
  release();
  await waitFor(() => expect(page.network.requests).toContain('POST /api/me/tasks/2/restore'));
  page.network.failOnce('DELETE', '/api/me/tasks/2', 503, 'The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Delete Call mom' }));
  await screen.findByRole('alert');
  expect(shown()).toEqual(['Buy milk', 'Call mom', 'Pay rent']);
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

test('why a change was refused is said even if others were waiting behind it', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom', 'Buy milk');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  const release = page.network.holdOnce('PATCH', '/api/me/tasks/1');
  page.network.failOnce('PATCH', '/api/me/tasks/2', 503, 'The database does not answer.');
  for (const name of ['Pay rent', 'Call mom', 'Buy milk']) await page.user.click(screen.getByRole('checkbox', { name }));
  release();
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await waitFor(() => expect(page.network.requests).toContain('PATCH /api/me/tasks/3'));
  const checked = () => ['Pay rent', 'Call mom', 'Buy milk'].map((name) => screen.getByRole<HTMLInputElement>('checkbox', { name }).checked);
  await waitFor(() => expect(checked()).toEqual([true, false, true]));
  expect(screen.getByRole('alert').textContent).toContain('The database does not answer.');
});

test('tasks added one right after the other are not taken for hidden ones', async () => {
  await page.visitLoggedIn();
  const releases = [page.network.holdOnce('POST', '/api/me/tasks'), page.network.holdOnce('POST', '/api/me/tasks')];
  const sent = () => page.network.requests.filter((one) => one === 'POST /api/me/tasks').length;
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}Call mom{Enter}');
  await waitFor(() => expect(sent()).toBe(1));
  releases[0]?.();
  await waitFor(() => expect(sent()).toBe(2));
  expect(screen.queryByText(/not among the tasks shown/)).toBeNull();
  releases[1]?.();
  await waitFor(() => expect(shown()).toEqual(['Call mom', 'Pay rent']));
  expect(screen.queryByText(/not among the tasks shown/)).toBeNull();
});

test('title and description are edited in place; Escape changes nothing and returns to the button', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Title')));
  await page.user.type(await screen.findByLabelText('Title'), ' today');
  await page.user.type(screen.getByLabelText('Description'), 'From the shared account');
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  // The editor closes when the change is saved; until then its textarea has this text too.
  const edit = await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(screen.getByText('From the shared account')).toBeTruthy();

  await page.user.click(edit);
  await page.user.type(await screen.findByLabelText('Title'), ', never{Escape}');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Edit Pay rent today' }));
  expect(await page.ada.titles()).toEqual(['Pay rent today']);
});

test('saving an edit leaves alone what it did not touch, however it has changed meanwhile', async () => {
  const { id } = await page.ada.addTask('Pay rent', { description: 'Before Friday' });
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(await screen.findByLabelText('Title'), ' today');
  await page.ada.changeTask(id, { description: 'The assistant was here' });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(await page.ada.task(id)).toMatchObject({ title: 'Pay rent today', description: 'The assistant was here' });
});

test('saving an edit that changes nothing closes it without a word to the backend', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(await screen.findByLabelText('Title'), ' {Enter}');
  await screen.findByRole('button', { name: 'Edit Pay rent' });
  expect(page.network.requests.filter((one) => one.startsWith('PATCH'))).toEqual([]);
});

test('an edit is saved once, however often it is sent', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.type(await screen.findByLabelText('Title'), ' today{Control>}{Enter}{Enter}{/Control}');
  await screen.findByRole('button', { name: 'Edit Pay rent today' });
  expect(page.network.requests.filter((one) => one.startsWith('PATCH'))).toHaveLength(1);
});

test.each(['Cancel', 'Escape'])('%s during a save that is refused leaves what was typed', async (how) => {
  await page.ada.addTask('Milk');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Milk' }));
  await page.user.type(await screen.findByRole('textbox', { name: 'Title' }), ' and bread');
  const refuse = page.network.failLate('PATCH', '/api/me/tasks/1', 503, 'The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  if (how === 'Escape') await page.user.keyboard('{Escape}');
  else await page.user.click(screen.getByRole('button', { name: how }));
  refuse();
  await screen.findByRole('alert');
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Title' }).value).toBe('Milk and bread');
  await page.user.click(screen.getByRole('button', { name: 'Cancel' }));
  await screen.findByRole('checkbox', { name: 'Milk' });
});

test('two tasks can be edited side by side', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  await page.user.click(screen.getByRole('button', { name: 'Edit Call mom' }));
  const titles = () => screen.queryAllByRole<HTMLInputElement>('textbox', { name: 'Title' }).map((one) => one.value);
  await waitFor(() => expect(titles()).toEqual(['Call mom', 'Pay rent']));
});

test('a deleted task can be taken back as it was, with its number', async () => {
  await page.ada.addTask('Pay rent', { description: 'Before Friday' });
  await (await Person.register()).addTask('Of somebody else');
  await page.ada.addTask('Call mom');
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

test('a task that is gone already when its deletion arrives can be taken back too', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  await page.ada.deleteTask(1);
  await page.user.click(screen.getByRole('button', { name: 'Delete Pay rent' }));
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a deleted task that could not be taken back can be taken back later', async () => {
  await page.ada.addTask('Pay rent', { description: 'Before Friday' });
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Delete Pay rent' }));
  page.network.failOnce('POST', '/api/me/tasks/1/restore', 503, 'The database does not answer.');
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Reload the list' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByText('Before Friday')).toBeTruthy();
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Pay rent']));
});

test('a task whose deletion was done though its answer got lost can be taken back', async () => {
  await page.ada.addTask('Pay rent', { description: 'Before Friday' });
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  page.network.dropOnce('DELETE', '/api/me/tasks/1');
  await page.user.click(screen.getByRole('button', { name: 'Delete Pay rent' }));
  await screen.findByRole('alert');
  await page.user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByText('Before Friday')).toBeTruthy();
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Pay rent']));
});

test('a deletion can be taken back after other changes, until the task is there again', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Delete Pay rent' }));
  await screen.findByRole('button', { name: 'Undo' });
  await page.user.click(screen.getByRole('checkbox', { name: 'Call mom' }));
  await waitFor(async () => expect((await page.ada.task(2)).completed).toBe(true));
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Buy milk{Enter}');
  await screen.findByRole('checkbox', { name: 'Buy milk' });
  expect(screen.getByText('Deleted “Pay rent”.')).toBeTruthy();

  await page.ada.restoreTask(1);
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await waitFor(() => expect(shown()).toEqual(['Call mom']));
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

test('a change that ends late does not bring back the filter it began under', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  const release = page.network.holdOnce('POST', '/api/me/tasks');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  await screen.findByText('Nothing is completed yet.');
  const before = page.network.requests.length;
  release();
  await waitFor(() => expect(page.network.requests.length).toBeGreaterThan(before));
  expect(page.network.requests.slice(before).every((request) => request.includes('status=completed'))).toBe(true);
  await waitFor(async () => expect(await page.ada.titles()).toContain('Call mom'));
  expect(shown()).toEqual([]);
});

test('coming back to the tab shows what changed elsewhere', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  await page.ada.addTask('Added by an MCP client');
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  expect(await screen.findByText('Added by an MCP client')).toBeTruthy();
});
