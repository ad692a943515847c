// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { added, articles, chat, HELP, log, talkOn } from '../support/chat';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const { say, turns, askToDelete } = talkOn(() => page);

test('a turn shows the answer, who gave it and each step, and the list follows', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries');
  await page.user.click(screen.getByRole('button', { name: 'Send' }));
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  expect(within(log()).getByText('rule-based')).toBeTruthy();
  const step = within(within(log()).getByRole('list', { name: 'Steps taken' })).getByRole('listitem');
  expect(step.textContent).toContain('add_task');
  expect(step.textContent).toContain('title: "buy groceries"');
  expect(step.textContent).toContain('ok');
  expect(await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries')).toBeTruthy();
});

test('a step that failed says so, and why', async () => {
  await page.visitLoggedIn();
  await say('Delete task 42{Enter}');
  expect(await within(log()).findByText('failed')).toBeTruthy();
  expect(within(log()).getByText('No task 42 is on your list.')).toBeTruthy();
});

test('what a model says is text, never markup, and has its name below', async () => {
  page.network.to = 'repeating_backend';
  await page.visitLoggedIn();
  const hostile = '<img src=x onerror="alert(1)">';
  await say(`${hostile}{Enter}`);
  const badge = await within(log()).findByText('repeats');
  expect(within(badge.closest('article') as HTMLElement).getByText(hostile)).toBeTruthy();
  expect(log().querySelector('img')).toBeNull();
});

test('the conversation goes on after a reload, until a new one is begun', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText(added('buy groceries'));
  page.reload();
  expect(await screen.findByText(added('buy groceries'))).toBeTruthy();
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText(added('pay bills'));
  expect(await page.ada.conversations()).toHaveLength(1);

  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  expect(articles()).toHaveLength(0);
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText(added('call mom'));
  expect(await page.ada.conversations()).toHaveLength(2);
});

test('an answer to a conversation that was left does not show up in the new one', async () => {
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  release();
  await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries');
  expect(log().textContent).toBe('');
});

test('Shift+Enter starts a line, and nothing is sent while an answer is awaited', async () => {
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Hello{Shift>}{Enter}{/Shift}there{Enter}');
  expect(await within(log()).findByText(/Hello\s+there/)).toBeTruthy();
  await say('And more{Enter}');
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value).toBe('And more');
  release();
  await within(log()).findByText(HELP);
  await waitFor(() => expect(page.network.requests.filter((one) => one === 'POST /api/me/chat/stream')).toHaveLength(1));
});

test('a question about changes shows each of them, and is answered by a button once', async () => {
  const card = await askToDelete();
  expect(card.getByText('Delete task 1, “Milk”')).toBeTruthy();
  expect(card.getByText('Delete task 2, “Bread”')).toBeTruthy();
  expect(await page.ada.titles()).toHaveLength(2);
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  expect(await within(log()).findByText(/^Deleted task/)).toBeTruthy();
  expect(within(log()).getByText('Yes, do it.')).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Shall I do this?' })).toBeNull();
  expect(page.network.bodies.at(-1)).toMatchObject({ approval: { accept: true } });
  expect(await page.ada.titles()).toEqual([]);
});

test('whatever is said instead of an answer takes the question away', async () => {
  await askToDelete();
  await say('Add a task to wait{Enter}');
  await within(log()).findByText(added('wait'));
  expect(screen.queryByRole('region', { name: 'Shall I do this?' })).toBeNull();
  expect(await page.ada.titles()).toEqual(['wait', 'Bread', 'Milk']);
});

test('an answer that is awaited can be stopped', async () => {
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Stop' }));
  expect(await within(log()).findByText('Stopped.')).toBeTruthy();
  expect(await screen.findByRole('button', { name: 'Send' })).toBeTruthy();
  release();
});

test('of a step that was under way when the answer was stopped it is said that its end is not known', async () => {
  await page.visitLoggedIn();
  page.network.stallAfter('POST', '/api/me/chat/stream', 'tool_call');
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText('running');
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await within(log()).findByText('Stopped.');
  expect(within(log()).queryByText('running')).toBeNull();
  expect(within(log()).getByText('It is not known whether this was done: the answer got lost.')).toBeTruthy();
});

test('a double click or a key held down on Send does not stop the answer', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries');
  await page.user.dblClick(screen.getByRole('button', { name: 'Send' }));
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  await say('Add a task to pay bills');
  await page.user.tab();
  await page.user.keyboard('{Enter>3/}');
  expect(await within(log()).findByText(added('pay bills'))).toBeTruthy();
});

test('a double click on Stop does not send what is being written', async () => {
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Hello{Enter}And more');
  await page.user.dblClick(screen.getByRole('button', { name: 'Stop' }));
  expect(await within(log()).findByText('Stopped.')).toBeTruthy();
  expect(turns()).toHaveLength(1);
  release();
});

test('earlier messages are not announced, new ones are', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText(added('buy groceries'));
  page.reload();
  await screen.findByText(added('buy groceries'));
  expect(log().textContent).toBe('');
  await say('Add a task to pay bills{Enter}');
  expect(await within(log()).findByText(added('pay bills'))).toBeTruthy();
});

test('of a long conversation the end is shown, and what came before it on request', async () => {
  const { conversation_id } = await page.ada.say('Hello 1');
  for (let number = 2; number <= 27; number++) await page.ada.say(`Hello ${number}`, conversation_id);
  await page.visitLoggedIn();
  await screen.findByText('Hello 27');
  expect(articles()).toHaveLength(50);
  expect(chat().queryByText('Hello 1')).toBeNull();
  await page.user.click(chat().getByRole('button', { name: 'Show earlier messages' }));
  await chat().findByText('Hello 1');
  expect(document.activeElement).toBe(chat().getByRole('group', { name: 'Earlier messages' }));
  const said = articles().map((one) => one.querySelector(':scope > p')?.textContent);
  expect(said.slice(0, 3)).toEqual(['Hello 1', expect.stringMatching(HELP), 'Hello 2']);
  expect(chat().queryByRole('button', { name: 'Show earlier messages' })).toBeNull();

  // Who speaks before the conversation has come begins a new one, to which nothing earlier belongs.
  const path = `/api/me/conversations/${conversation_id}`;
  const release = page.network.holdOnce('GET', path);
  page.reload();
  await screen.findByRole('textbox', { name: 'Message' });
  await say('Hello again{Enter}');
  await within(log()).findByText(HELP);
  const asked = () => page.network.requests.filter((one) => one.startsWith(`GET ${path}/messages`)).length;
  const before = asked();
  release();
  await waitFor(() => expect(asked()).toBe(before + 1));
  await say('And again{Enter}');
  await waitFor(() => expect(within(log()).getAllByText(HELP)).toHaveLength(2));
  expect(articles()).toHaveLength(4);
  expect(chat().queryByRole('button', { name: 'Show earlier messages' })).toBeNull();
});

test('a step that is open stays open when earlier messages come before it', async () => {
  const { conversation_id } = await page.ada.say('Hello 1');
  for (let number = 2; number <= 25; number++) await page.ada.say(`Hello ${number}`, conversation_id);
  await page.ada.say('Add a task to buy groceries', conversation_id);
  await page.visitLoggedIn();
  const details = () => chat().getByText('add_task').closest('details')!;
  await screen.findByText(added('buy groceries'));
  details().open = true;
  await page.user.click(chat().getByRole('button', { name: 'Show earlier messages' }));
  await chat().findByText('Hello 1');
  expect(details().open).toBe(true);
});

test('an answer that comes leaves who has scrolled up where they are; an own message shows its answer', async () => {
  const scroll = vi.fn();
  Element.prototype.scrollIntoView = scroll;
  await page.visitLoggedIn();
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Add a task to buy groceries{Enter}');
  // In jsdom the end is always far from where a scroll ends.
  fireEvent.scroll(log().parentElement!);
  scroll.mockClear();
  release();
  await within(log()).findByText(added('buy groceries'));
  expect(scroll).not.toHaveBeenCalled();
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText(added('pay bills'));
  expect(scroll).toHaveBeenCalled();
});

/** Has two conversations, and opens the list of them. @returns the list, and the id of each */
async function twoConversations() {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText(added('buy groceries'));
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText(added('pay bills'));
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  const [bills, groceries] = (await page.ada.conversations()).map(({ id }) => id);
  return { history: within(await screen.findByRole('region', { name: 'Earlier conversations' })), bills, groceries };
}

test('an earlier conversation is opened from the history and gone on with', async () => {
  const { history, groceries } = await twoConversations();
  await waitFor(() => expect(document.activeElement).toBe(history.getByRole('heading', { name: 'Earlier conversations' })));
  const open = await history.findByRole('button', { name: /^Add a task to buy groceries/ });
  expect(history.getByRole('button', { name: /^Add a task to pay bills/ }).getAttribute('aria-current')).toBe('true');
  await page.user.click(open);
  expect(await chat().findByText(added('buy groceries'))).toBeTruthy();
  expect(chat().queryByText(added('pay bills'))).toBeNull();
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText(added('call mom'));
  expect(page.network.bodies.at(-1)).toMatchObject({ message: 'Add a task to call mom', conversation_id: groceries });
});

test('a conversation that is opened again from the history has what was said in it meanwhile', async () => {
  const { history } = await twoConversations();
  await page.user.click(await history.findByRole('button', { name: /^Add a task to buy groceries/ }));
  await chat().findByText(added('buy groceries'));
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText(added('call mom'));
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  await page.user.click(await screen.findByRole('button', { name: /^Add a task to buy groceries/, current: true }));
  await chat().findByText(added('buy groceries'));
  expect(chat().getByText(added('call mom'))).toBeTruthy();
  expect(articles()).toHaveLength(4);
});

test('a conversation is deleted only after a second press, and the open one makes room for a new one', async () => {
  const { history } = await twoConversations();
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  expect(document.activeElement).toBe(history.getByRole('button', { name: 'Keep it' }));
  await page.user.keyboard('{Escape}');
  await page.user.click(history.getByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await waitFor(async () => expect(await page.ada.conversations()).toHaveLength(1));
  await chat().findByRole('list', { name: 'Suggestions' });
  expect(articles()).toHaveLength(0);
});

test('a conversation that is deleted makes room for a new one also when the list is closed by then', async () => {
  const { history, bills } = await twoConversations();
  const release = page.network.holdOnce('DELETE', `/api/me/conversations/${bills}`);
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  expect(chat().getByText(added('pay bills'))).toBeTruthy();
  release();
  await chat().findByRole('list', { name: 'Suggestions' });
  expect(chat().queryByText(added('pay bills'))).toBeNull();
});

test('a conversation that was opened while the one before was being deleted stays open', async () => {
  const { history, bills } = await twoConversations();
  const release = page.network.holdOnce('DELETE', `/api/me/conversations/${bills}`);
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await page.user.click(history.getByRole('button', { name: /^Add a task to buy groceries/ }));
  await chat().findByText(added('buy groceries'));
  release();
  await waitFor(async () => expect(await page.ada.conversations()).toHaveLength(1));
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText(added('call mom'));
  expect(chat().getByText(added('buy groceries'))).toBeTruthy();
});

test('a conversation whose deletion was refused is still there, with the reason', async () => {
  const { history, bills, groceries } = await twoConversations();
  const refuse = page.network.failLate('DELETE', `/api/me/conversations/${groceries}`, 503, 'The database does not answer.');
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to buy groceries”' }));
  const release = page.network.holdOnce('DELETE', `/api/me/conversations/${bills}`);
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  // Also where another deletion has begun by then.
  await page.user.click(history.getByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  refuse();
  expect((await history.findByRole('alert')).textContent).toContain('The database does not answer.');
  release();
  expect(history.getByRole('button', { name: /^Add a task to buy groceries/ })).toBeTruthy();
});

test('a conversation that cannot be loaded says why, and comes at the next try', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText(added('buy groceries'));
  page.network.failOnce('GET', '/api/me/conversations', 503, 'The database does not answer.');
  page.reload();
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Reload the conversation' }));
  expect(await chat().findByText(added('buy groceries'))).toBeTruthy();
});

test('what a question is about is shown once, on its card', async () => {
  await page.ada.addTasks('Milk', 'Eggs');
  page.network.to = 'repeating_backend';
  await page.visitLoggedIn();
  // For a model that makes them.
  const calls = [
    ['add_task', { title: 'Bread' }],
    ['delete_task', { task_id: 1 }],
    ['delete_task', { task_id: 2 }],
  ];
  fireEvent.change(screen.getByRole('textbox', { name: 'Message' }), { target: { value: JSON.stringify(calls) } });
  await say('{Enter}');
  await screen.findByRole('region', { name: 'Shall I do this?' });
  expect(within(log()).getByText('Added “Bread” as task 3.')).toBeTruthy();
  expect(chat().getAllByText(/Delete task 1, “Milk”/)).toHaveLength(1);
});
