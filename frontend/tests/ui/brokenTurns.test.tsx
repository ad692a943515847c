// @vitest-environment jsdom
/** Turns that fail, break off, or meet what was said or deleted elsewhere. */
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { added, articles, chat, HELP, log, talkOn } from '../support/chat';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const { say, turns, askToDelete } = talkOn(() => page);

test('a turn that failed is explained and can be tried again', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', '/api/me/chat/stream', 503, 'The assistant took too long.');
  await say('Add a task to buy groceries{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('The assistant took too long.');
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  expect(within(log()).getAllByText('Add a task to buy groceries')).toHaveLength(1);
});

const STREAM = '/api/me/chat/stream';
const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value;
const begin = () => page.user.click(screen.getByRole('button', { name: 'New conversation' }));

test('a message that was not taken is in the field again when its conversation is left, before what is typed there', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', STREAM, 429, 'Too many messages.');
  await say('Add a task to buy groceries{Enter}');
  await screen.findByRole('button', { name: 'Try again' });
  await say('And more');
  expect(field()).toBe('And more');
  await begin();
  await waitFor(() => expect(field()).toBe('Add a task to buy groceries\nAnd more'));
  expect(articles()).toHaveLength(0);
  expect(turns()).toHaveLength(1);
});

test('a message that is refused only after its conversation was left for an earlier one is in the field there', async () => {
  await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  await begin();
  const refuse = page.network.failLate('POST', STREAM, 503, 'The assistant took too long.');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  await page.user.click(await screen.findByRole('button', { name: /^Hello/ }));
  await chat().findByText(HELP);
  expect(field()).toBe('');
  refuse();
  await waitFor(() => expect(field()).toBe('Add a task to buy groceries'));
  expect(turns()).toHaveLength(1);
});

test('a message that was taken at last, or is stored without an answer, does not come back to the field', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', STREAM, 503, 'The assistant took too long.');
  await say('Add a task to buy groceries{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Try again' }));
  await within(log()).findByText(added('buy groceries'));
  await begin();
  page.network.to = 'breaking_backend';
  await say('Hello');
  expect(field()).toBe('Hello');
  await say('{Enter}');
  await screen.findByRole('button', { name: 'Try again' });
  await begin();
  await say('Thanks');
  expect(field()).toBe('Thanks');
});

test('a turn broken off after a step shows the step, as a reload does, and is not offered again', async () => {
  page.network.to = 'breaking_backend';
  await page.visitLoggedIn();
  await say('Add a task to buy groceries{Enter}');
  async function seen() {
    const answer = await screen.findByText('I could not finish this. The model does not answer. Done until then: Added “buy groceries” as task 1.');
    const step = within(within(answer.parentElement!).getByRole('list', { name: 'Steps taken' })).getByRole('listitem');
    await within(screen.getByRole('list', { name: 'Tasks' })).findByText('buy groceries');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    return [articles().length, step.querySelector('summary')?.textContent];
  }
  const before = await seen();
  expect(before).toEqual([2, expect.stringContaining('add_task')]);
  page.reload();
  expect(await seen()).toEqual(before);
});

test('a turn broken off before any step can be tried again, as the next turn of the same conversation', async () => {
  page.network.to = 'breaking_backend';
  await page.visitLoggedIn();
  await say('Hello{Enter}');
  await within(log()).findByText('I could not finish this. The model does not answer.');
  page.network.to = 'backend';
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  await within(log()).findByText(HELP);
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  const said = () => articles().map((one) => one.querySelector(':scope > p')?.textContent);
  const before = said();
  expect(before).toHaveLength(4);
  page.reload();
  await screen.findByText(HELP);
  expect(said()).toEqual(before);
  expect(await page.ada.conversations()).toHaveLength(1);
});

/** Loses the connection after the first step, which adds a task, and lets the page see what came of it. */
async function loseAnswer() {
  page.network.cutAfter('POST', '/api/me/chat/stream', 'tool_result');
  await say('Add a task to buy groceries{Enter}');
  await screen.findByRole('button', { name: 'Send' });
}
const step = () => within(within(log()).getByRole('list', { name: 'Steps taken' })).getByRole('listitem');

test('a step stays on the page when the connection is lost after it, and is not taken again', async () => {
  await page.visitLoggedIn();
  await loseAnswer();
  expect(step().textContent).toMatch(/add_task.*ok/);
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  expect(within(log()).getByText(/Added “buy groceries” as task 1\./)).toBeTruthy();
  expect(articles()).toHaveLength(2);
  expect(await page.ada.titles()).toEqual(['buy groceries']);
});

test('to try again after the connection was lost is to see first what was done', async () => {
  const { conversation_id } = await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  page.network.failOnce('GET', `/api/me/conversations/${conversation_id}/messages`, 502, 'The backend cannot be reached.');
  await loseAnswer();
  expect(step().textContent).toMatch(/add_task.*ok/);
  expect(within(log()).getByText(/^The server cannot be reached/)).toBeTruthy();
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(/Added “buy groceries” as task 1\./)).toBeTruthy();
  expect(step().textContent).toMatch(/add_task.*ok/);
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull());
  expect(turns()).toHaveLength(1);
  expect(await page.ada.titles()).toEqual(['buy groceries']);
});

test('a message is sent again where the connection was lost before anything was done', async () => {
  await page.visitLoggedIn();
  page.network.cutAfter('POST', '/api/me/chat/stream', 'start');
  await say('Hello{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(turns()).toHaveLength(2));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull());
  expect(within(articles().at(-1)!).getByText(HELP)).toBeTruthy();
  expect(articles()).toHaveLength(4);
  expect(await page.ada.conversations()).toHaveLength(1);
});

test('a message is not offered again while the model may still be working on it, though the connection was lost', async () => {
  const { conversation_id } = await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  page.network.leaveAfter('POST', '/api/me/chat/stream', 'start');
  const path = `/api/me/conversations/${conversation_id}`;
  page.network.answerLate('GET', path, { id: conversation_id, approval: null, answering: true })();
  await say('Add a task to buy groceries{Enter}');
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  expect(turns()).toHaveLength(1);
  expect(await page.ada.titles()).toEqual(['buy groceries']);
});

test('who does not wait for the end of a lost answer can look at it later', async () => {
  const { conversation_id } = await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  page.network.leaveAfter('POST', '/api/me/chat/stream', 'start');
  const path = `/api/me/conversations/${conversation_id}`;
  const release = page.network.answerLate('GET', path, { id: conversation_id, approval: null, answering: true });
  await say('Add a task to buy groceries{Enter}');
  await within(log()).findByText(/The server cannot be reached/);
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  release();
  await page.user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  expect(turns()).toHaveLength(1);
});

test('a yes does not answer what only another window shows: first it comes up here', async () => {
  await page.ada.addTasks('Milk', 'Bread');
  const { conversation_id } = await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  await say('Thanks{Enter}');
  await within(log()).findByText('You are welcome.');
  await page.ada.say('Delete all tasks', conversation_id);
  await say('yes{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('Read it, then send this again.');
  expect(await page.ada.titles()).toHaveLength(2);
  const card = within(screen.getByRole('region', { name: 'Shall I do this?' }));
  expect(card.getByText('Delete task 1, “Milk”')).toBeTruthy();
  expect(chat().getAllByText(/Delete task 1, “Milk”/)).toHaveLength(1);
  const said = () => articles().map((one) => one.querySelector(':scope > p')?.textContent);
  expect(said()).toEqual(['Hello', expect.stringMatching(HELP), 'Thanks', 'You are welcome.', 'Delete all tasks', expect.any(String), 'yes']);

  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(/^Deleted task/)).toBeTruthy();
  expect(await page.ada.titles()).toEqual([]);
  expect(articles()).toHaveLength(8);
});

test('what another window shows cannot be answered before it could be loaded', async () => {
  const { conversation_id } = await page.ada.say('Add a task to buy milk');
  await page.visitLoggedIn();
  await screen.findByText(added('buy milk'));
  await page.ada.say('Add a task to buy bread', conversation_id);
  page.network.failOnce('GET', `/api/me/conversations/${conversation_id}`, 502, 'The backend cannot be reached.');
  await say('undo{Enter}');
  await screen.findByRole('alert');
  expect(articles()).toHaveLength(3);
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(added('buy bread'))).toBeTruthy();
  expect(await page.ada.titles()).toEqual(['buy bread', 'buy milk']);
  await page.user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['buy milk']));
});

test('a message to a conversation that was deleted elsewhere is sent again as the first of a new one', async () => {
  const { conversation_id } = await page.ada.say('Add a task to pay bills');
  await page.visitLoggedIn();
  await screen.findByText(added('pay bills'));
  await page.ada.deleteConversation(conversation_id);
  await say('Add a task to buy groceries{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain(`You have no conversation ${conversation_id}.`);
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await within(log()).findByText(added('buy groceries'))).toBeTruthy();
  expect(articles()).toHaveLength(2);
  expect(await page.ada.conversations()).toHaveLength(1);
});

test('a yes in a conversation that was deleted elsewhere is not offered again', async () => {
  const card = await askToDelete();
  const [conversation] = await page.ada.conversations();
  await page.ada.deleteConversation(conversation!.id);
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  await screen.findByRole('alert');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});
