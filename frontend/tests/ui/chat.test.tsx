// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const log = () => screen.getByRole('log', { name: 'Assistant' });
/** All of the conversation, also what was said before the page was opened. */
const chat = () => within(screen.getByRole('region', { name: 'Assistant' }));
const articles = () => chat().queryAllByRole('article');
const say = (text: string) => page.user.type(screen.getByRole('textbox', { name: 'Message' }), text);

test('a turn shows the answer, who gave it and each step, and the list follows', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries');
  await page.user.click(screen.getByRole('button', { name: 'Send' }));
  expect(await within(log()).findByText('Added “buy groceries”.')).toBeTruthy();
  expect(within(log()).getByText('rule-based')).toBeTruthy();
  const step = within(within(log()).getByRole('list', { name: 'Steps taken' })).getByRole('listitem');
  expect(step.textContent).toContain('add_task');
  expect(step.textContent).toContain('title: "buy groceries"');
  expect(step.textContent).toContain('ok');
  expect(await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries')).toBeTruthy();
});

test('a step that failed says so, and why', async () => {
  await page.visitLoggedIn();
  page.backend.answerOnce('POST', '/api/me/chat/stream', {
    conversation_id: 1,
    response: 'There is no task 42.',
    answered_by: 'a-model',
    tool_calls: [{ name: 'delete_task', arguments: { task_id: 42 }, result: 'No task 42. Open tasks: none.', ok: false }],
  });
  await say('Delete task 42{Enter}');
  expect(await within(log()).findByText('failed')).toBeTruthy();
  expect(within(log()).getByText('No task 42. Open tasks: none.')).toBeTruthy();
  expect(within(log()).getByText('a-model')).toBeTruthy();
});

test('what the assistant says is text, never markup', async () => {
  await page.visitLoggedIn();
  const response = '<img src=x onerror="alert(1)">';
  page.backend.answerOnce('POST', '/api/me/chat/stream', { conversation_id: 1, response, answered_by: 'a-model', tool_calls: [] });
  await say('Hello{Enter}');
  expect(await within(log()).findByText(response)).toBeTruthy();
  expect(log().querySelector('img')).toBeNull();
});

test('a turn that failed is explained and can be tried again', async () => {
  await page.visitLoggedIn();
  page.backend.failOnce('POST', '/api/me/chat/stream', 503, 'The assistant took too long.');
  await say('Add a task to buy groceries{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('The assistant took too long.');
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText('Added “buy groceries”.')).toBeTruthy();
  expect(within(log()).getAllByText('Add a task to buy groceries')).toHaveLength(1);
});

test('a turn broken off after a step shows the step, as a reload does, and is not offered again', async () => {
  await page.visitLoggedIn();
  page.backend.breakOffOnce('The answer took longer than 30 s.', true);
  await say('Add a task to buy groceries{Enter}');
  async function seen() {
    const answer = (await screen.findByText('I could not finish this. The answer took longer than 30 s.')).parentElement!;
    const step = within(within(answer).getByRole('list', { name: 'Steps taken' })).getByRole('listitem');
    await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    return [articles().length, step.textContent];
  }
  const before = await seen();
  expect(before).toEqual([2, expect.stringContaining('add_task')]);
  page.reload();
  expect(await seen()).toEqual(before);
});

test('a turn broken off before any step can be tried again, as the next turn of the same conversation', async () => {
  await page.visitLoggedIn();
  page.backend.breakOffOnce('The model does not answer.', false);
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText('I could not finish this. The model does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  await within(log()).findByText('Added “buy groceries”.');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  const said = () => articles().map((one) => one.querySelector(':scope > p')?.textContent);
  const before = said();
  expect(before).toHaveLength(4);
  page.reload();
  await screen.findByText('Added “buy groceries”.');
  expect(said()).toEqual(before);
  expect(page.backend.conversationCount()).toBe(1);
});

test('the conversation goes on after a reload, until a new one is begun', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText('Added “buy groceries”.');
  page.reload();
  expect(await screen.findByText('Added “buy groceries”.')).toBeTruthy();
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText('Added “pay bills”.');
  expect(page.backend.conversationCount()).toBe(1);

  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  expect(articles()).toHaveLength(0);
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText('Added “call mom”.');
  expect(page.backend.conversationCount()).toBe(2);
});

test('an answer to a conversation that was left does not show up in the new one', async () => {
  await page.visitLoggedIn();
  const release = page.backend.holdOnce('POST', '/api/me/chat/stream');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  release();
  await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries');
  expect(log().textContent).toBe('');
});

test('Shift+Enter starts a line, and nothing is sent while an answer is awaited', async () => {
  await page.visitLoggedIn();
  const release = page.backend.holdOnce('POST', '/api/me/chat/stream');
  await say('Hello{Shift>}{Enter}{/Shift}there{Enter}');
  expect(await within(log()).findByText(/Hello\s+there/)).toBeTruthy();
  await say('And more{Enter}');
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value).toBe('And more');
  release();
  await within(log()).findByText('I did not understand that.');
  await waitFor(() => expect(page.backend.requests.filter((one) => one === 'POST /api/me/chat/stream')).toHaveLength(1));
});

const QUESTION = {
  conversation_id: 1,
  response: 'I have not done this yet.',
  answered_by: 'rule-based',
  tool_calls: [],
  approval: { id: 7, calls: [{ summary: 'Delete task 1, “Milk”' }] },
};

test('a question about changes shows each of them, and is answered by a button once', async () => {
  await page.visitLoggedIn();
  page.backend.answerOnce('POST', '/api/me/chat/stream', QUESTION);
  await say('Delete the milk{Enter}');
  const card = within(await screen.findByRole('region', { name: 'Shall I do this?' }));
  expect(card.getByText('Delete task 1, “Milk”')).toBeTruthy();
  page.backend.answerOnce('POST', '/api/me/chat/stream', { ...QUESTION, response: 'Deleted task 1.', approval: null });
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  expect(await within(log()).findByText('Deleted task 1.')).toBeTruthy();
  expect(within(log()).getByText('Yes, do it.')).toBeTruthy();
  expect(screen.queryByRole('region', { name: 'Shall I do this?' })).toBeNull();
  expect(page.backend.bodies.at(-1)).toMatchObject({ approval: { id: 7, accept: true }, conversation_id: 1 });
});

test('a question that was settled elsewhere is explained, and its button is not offered again', async () => {
  await page.visitLoggedIn();
  page.backend.answerOnce('POST', '/api/me/chat/stream', QUESTION);
  await say('Delete the milk{Enter}');
  const card = within(await screen.findByRole('region', { name: 'Shall I do this?' }));
  page.backend.failOnce('POST', '/api/me/chat/stream', 409, 'This question is settled already: it was approved.');
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  expect((await screen.findByRole('alert')).textContent).toContain('it was approved');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

test('whatever is said instead of an answer takes the question away', async () => {
  await page.visitLoggedIn();
  page.backend.answerOnce('POST', '/api/me/chat/stream', QUESTION);
  await say('Delete the milk{Enter}');
  await screen.findByRole('region', { name: 'Shall I do this?' });
  await say('Add a task to wait{Enter}');
  await within(log()).findByText('Added “wait”.');
  expect(screen.queryByRole('region', { name: 'Shall I do this?' })).toBeNull();
});

test('an answer that is awaited can be stopped', async () => {
  await page.visitLoggedIn();
  const release = page.backend.holdOnce('POST', '/api/me/chat/stream');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Stop' }));
  expect(await within(log()).findByText('Stopped.')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Send' })).toBeTruthy();
  release();
});

test('earlier messages are not announced, new ones are', async () => {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText('Added “buy groceries”.');
  page.reload();
  await screen.findByText('Added “buy groceries”.');
  expect(log().textContent).toBe('');
  await say('Add a task to pay bills{Enter}');
  expect(await within(log()).findByText('Added “pay bills”.')).toBeTruthy();
});

test('of a long conversation the end is shown, and what came before it on request', async () => {
  await page.visitLoggedIn();
  for (let number = 1; number <= 27; number++) {
    await say(`Hello ${number}{Enter}`);
    await waitFor(() => expect(within(log()).getAllByText('I did not understand that.')).toHaveLength(number));
  }
  page.reload();
  await screen.findByText('Hello 27');
  expect(articles()).toHaveLength(50);
  expect(chat().queryByText('Hello 1')).toBeNull();
  await page.user.click(chat().getByRole('button', { name: 'Show earlier messages' }));
  await chat().findByText('Hello 1');
  expect(document.activeElement).toBe(chat().getByRole('group', { name: 'Earlier messages' }));
  expect(articles().map((one) => one.querySelector(':scope > p')?.textContent).slice(0, 3)).toEqual(['Hello 1', 'I did not understand that.', 'Hello 2']);
  expect(chat().queryByRole('button', { name: 'Show earlier messages' })).toBeNull();

  // Who speaks before the conversation has come begins a new one, to which nothing earlier belongs.
  const release = page.backend.holdOnce('GET', '/api/me/conversations/1');
  page.reload();
  await screen.findByRole('textbox', { name: 'Message' });
  await say('Hello again{Enter}');
  await within(log()).findByText('I did not understand that.');
  release();
  await waitFor(() => expect(page.backend.requests.at(-1)).toContain('/conversations/1/messages'));
  await say('And again{Enter}');
  await waitFor(() => expect(within(log()).getAllByText('I did not understand that.')).toHaveLength(2));
  expect(articles()).toHaveLength(4);
  expect(chat().queryByRole('button', { name: 'Show earlier messages' })).toBeNull();
});

async function twoConversations() {
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText('Added “buy groceries”.');
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText('Added “pay bills”.');
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  return within(await screen.findByRole('region', { name: 'Earlier conversations' }));
}

test('an earlier conversation is opened from the history and gone on with', async () => {
  const history = await twoConversations();
  await waitFor(() => expect(document.activeElement).toBe(history.getByRole('heading', { name: 'Earlier conversations' })));
  const open = await history.findByRole('button', { name: /^Add a task to buy groceries/ });
  expect(history.getByRole('button', { name: /^Add a task to pay bills/ }).getAttribute('aria-current')).toBe('true');
  await page.user.click(open);
  expect(await chat().findByText('Added “buy groceries”.')).toBeTruthy();
  expect(chat().queryByText('Added “pay bills”.')).toBeNull();
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText('Added “call mom”.');
  expect(page.backend.bodies.at(-1)).toMatchObject({ message: 'Add a task to call mom', conversation_id: 1 });
});

test('a conversation that is opened again from the history has what was said in it meanwhile', async () => {
  const history = await twoConversations();
  await page.user.click(await history.findByRole('button', { name: /^Add a task to buy groceries/ }));
  await chat().findByText('Added “buy groceries”.');
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText('Added “call mom”.');
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  await page.user.click(await screen.findByRole('button', { name: /^Add a task to buy groceries/, current: true }));
  await chat().findByText('Added “buy groceries”.');
  expect(chat().getByText('Added “call mom”.')).toBeTruthy();
  expect(articles()).toHaveLength(4);
});

test('a conversation is deleted only after a second press, and the open one makes room for a new one', async () => {
  const history = await twoConversations();
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  expect(document.activeElement).toBe(history.getByRole('button', { name: 'Keep it' }));
  await page.user.keyboard('{Escape}');
  await page.user.click(history.getByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await waitFor(() => expect(page.backend.conversationCount()).toBe(1));
  await chat().findByRole('list', { name: 'Suggestions' });
  expect(articles()).toHaveLength(0);
});

test('a conversation that is deleted makes room for a new one also when the list is closed by then', async () => {
  const history = await twoConversations();
  const release = page.backend.holdOnce('DELETE', '/api/me/conversations/2');
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  expect(chat().getByText('Added “pay bills”.')).toBeTruthy();
  release();
  await chat().findByRole('list', { name: 'Suggestions' });
  expect(chat().queryByText('Added “pay bills”.')).toBeNull();
});

test('a conversation that was opened while the one before was being deleted stays open', async () => {
  const history = await twoConversations();
  const release = page.backend.holdOnce('DELETE', '/api/me/conversations/2');
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to pay bills”' }));
  await page.user.click(history.getByRole('button', { name: 'Delete it' }));
  await page.user.click(history.getByRole('button', { name: /^Add a task to buy groceries/ }));
  await chat().findByText('Added “buy groceries”.');
  release();
  await waitFor(() => expect(page.backend.conversationCount()).toBe(1));
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText('Added “call mom”.');
  expect(chat().getByText('Added “buy groceries”.')).toBeTruthy();
});

test('a conversation whose deletion was refused is still there, with the reason', async () => {
  const history = await twoConversations();
  const refuse = page.backend.failLate('DELETE', '/api/me/conversations/1', 503, 'The database does not answer.');
  await page.user.click(await history.findByRole('button', { name: 'Delete the conversation “Add a task to buy groceries”' }));
  const release = page.backend.holdOnce('DELETE', '/api/me/conversations/2');
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
  await within(log()).findByText('Added “buy groceries”.');
  page.backend.failOnce('GET', '/api/me/conversations', 503, 'The database does not answer.');
  page.reload();
  expect((await screen.findByRole('alert')).textContent).toContain('The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Reload the conversation' }));
  expect(await chat().findByText('Added “buy groceries”.')).toBeTruthy();
});

test('what a question is about is shown once, on its card', async () => {
  await page.visitLoggedIn();
  const response = 'Added “Bread”.\n- Delete task 1, “Milk”\nI have not done this yet. Shall I?';
  page.backend.answerOnce('POST', '/api/me/chat/stream', { ...QUESTION, response });
  await say('Add bread, delete the milk{Enter}');
  await screen.findByRole('region', { name: 'Shall I do this?' });
  expect(within(log()).getByText('Added “Bread”.')).toBeTruthy();
  expect(chat().getAllByText(/Delete task 1, “Milk”/)).toHaveLength(1);
});
