// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HELP } from '../support/chat';
import { startPage } from '../support/page';
import { PASSWORD } from '../support/person';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

/** Waits until the focus is there. */
const focusOn = (role: string, name: string) =>
  waitFor(() => {
    // Each message has a heading too, of the third level.
    const options = role === 'heading' ? { name, level: 2 } : { name };
    expect(document.activeElement).toBe(screen.getByRole(role, options));
  });

test('after a delete the focus is on Undo, and on the list’s heading once that is pressed', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Delete Call mom' }));
  await focusOn('button', 'Undo');
  await page.user.keyboard('{Enter}');
  await focusOn('heading', 'Tasks');
  await screen.findByRole('checkbox', { name: 'Call mom' });
});

test('a task that leaves the list hands the focus to the next, the last one to the one before', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom', 'Buy milk');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Pending' }));
  await page.user.click(await screen.findByRole('checkbox', { name: 'Call mom' }));
  await focusOn('checkbox', 'Pay rent');
  await page.user.keyboard(' ');
  await focusOn('checkbox', 'Buy milk');
  await page.user.keyboard(' ');
  await focusOn('heading', 'Tasks');
  expect(await page.ada.titles()).toHaveLength(3);
});

test('a task that the assistant deletes hands the focus on too', async () => {
  const { id } = await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  (await screen.findByRole('button', { name: 'Edit Pay rent' })).focus();
  await page.ada.deleteTask(id);
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await focusOn('heading', 'Tasks');
});

test('who has moved on meanwhile is left alone', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  const release = page.network.holdOnce('DELETE', '/api/me/tasks/1');
  await page.user.click(await screen.findByRole('button', { name: 'Delete Pay rent' }));
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call');
  release();
  await screen.findByRole('button', { name: 'Undo' });
  await page.user.keyboard(' mom');
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' }).value).toBe('Call mom');
});

test('a saved edit leaves the focus alone that has moved on meanwhile, and takes nothing more', async () => {
  await page.ada.addTask('Pay rent');
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Pay rent' }));
  const title = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Title' });
  await page.user.type(title, ' today');
  const release = page.network.holdOnce('PATCH', '/api/me/tasks/1');
  await page.user.keyboard('{Enter}');
  await page.user.type(title, ' or tomorrow');
  expect(title.value).toBe('Pay rent today');
  await page.user.type(screen.getByRole('textbox', { name: 'Message' }), 'Hel');
  release();
  await screen.findByRole('checkbox', { name: 'Pay rent today' });
  await page.user.keyboard('lo');
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value).toBe('Hello');
});

test('reloading after an error leaves the focus on the list’s heading', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', '/api/me/tasks', 503, 'The database does not answer.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Pay rent{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Reload the list' }));
  await focusOn('heading', 'Tasks');
});

test('buttons of the conversation that go when they are pressed leave the focus on its heading', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', '/api/me/chat/stream', 503, 'The assistant took too long.');
  await page.user.click(await screen.findByRole('button', { name: 'Add a task to buy groceries' }));
  await focusOn('heading', 'Assistant');
  await page.user.click(await screen.findByRole('button', { name: 'Try again' }));
  await focusOn('heading', 'Assistant');
  await screen.findByText(/^Added “buy groceries” as task/);
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  await focusOn('heading', 'Assistant');
});

test('the button of the composer keeps the focus while it is Send, Stop and Send again', async () => {
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await page.user.type(screen.getByRole('textbox', { name: 'Message' }), 'Hello');
  await page.user.tab();
  await page.user.keyboard('{Enter}');
  await focusOn('button', 'Stop');
  await page.user.keyboard('{Enter}');
  await screen.findByText('Stopped.');
  await focusOn('button', 'Send');
  release();
});

test('a question of the assistant is said in a live region that was there before', async () => {
  await page.ada.addTasks('Milk', 'Eggs');
  await page.visitLoggedIn();
  const region = screen.getByRole('region', { name: 'Assistant' });
  await within(region).findByRole('list', { name: 'Suggestions' });
  const before = [...region.querySelectorAll('[aria-live=polite]')];
  await page.user.type(within(region).getByRole('textbox', { name: 'Message' }), 'delete task 1 and 2{Enter}');
  const question = await screen.findByRole('region', { name: 'Shall I do this?' });
  expect(before).toContain(question.closest('[aria-live=polite]'));
});

test('that the assistant is at work is said in a live region that was there before', async () => {
  await page.visitLoggedIn();
  const chat = within(screen.getByRole('region', { name: 'Assistant' }));
  await chat.findByRole('list', { name: 'Suggestions' });
  const status = chat.getByRole('status');
  expect(status.textContent).toBe('');
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await page.user.type(chat.getByRole('textbox', { name: 'Message' }), 'Hello{Enter}');
  expect(status.textContent).toBe('Working on it');
  release();
  await chat.findByText(HELP);
  expect(status.textContent).toBe('');
});

test('a refusal leaves the focus on the button that was pressed', async () => {
  page.visit();
  await page.fillIn(page.ada.email, 'wrong horse');
  screen.getByRole('button', { name: 'Log in' }).focus();
  await page.user.keyboard('{Enter}');
  await screen.findByRole('alert');
  await focusOn('button', 'Log in');

  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await page.user.type(await screen.findByRole('textbox', { name: 'New task' }), 'Milk{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Edit Milk' }));
  await page.user.type(await screen.findByRole('textbox', { name: 'Title' }), ' and bread');
  page.network.failOnce('PATCH', '/api/me/tasks/1', 503, 'The database does not answer.');
  screen.getByRole('button', { name: 'Save' }).focus();
  await page.user.keyboard('{Enter}');
  await screen.findByRole('alert');
  await focusOn('button', 'Save');

  await page.user.click(screen.getByRole('button', { name: 'Completed' }));
  (await screen.findByRole('button', { name: 'Drop the edit of Milk' })).focus();
  await page.user.keyboard('{Enter}');
  await focusOn('heading', 'Tasks');
});

test('a conversation whose deletion ends late takes no focus from where somebody types', async () => {
  const { conversation_id } = await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  await page.user.click(await screen.findByRole('button', { name: 'Delete the conversation “Hello”' }));
  const release = page.network.holdOnce('DELETE', `/api/me/conversations/${conversation_id}`);
  await page.user.click(screen.getByRole('button', { name: 'Delete it' }));
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' });
  await page.user.type(field, 'Buy');
  release();
  await screen.findByRole('list', { name: 'Suggestions' });
  await page.user.keyboard(' milk');
  expect(field.value).toBe('Buy milk');
});

test('the last page of the history leaves the focus where the list goes on', async () => {
  for (let number = 1; number <= 51; number++) await page.ada.say(`Hello ${number}`);
  await page.visitLoggedIn();
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  (await screen.findByRole('button', { name: 'Show more' })).focus();
  await page.user.keyboard('{Enter}');
  await screen.findByRole('button', { name: /^Hello 1[^\d]/ });
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  await waitFor(() => expect(document.activeElement?.textContent).toMatch(/^Hello 2[^\d]/));
});
