// @vitest-environment jsdom
/** Conversations that are gone on with before all of them is here. */
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { added, articles, chat, HELP, log, talkOn } from '../support/chat';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const { say, turns } = talkOn(() => page);
const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value;
const said = () => articles().map((one) => one.querySelector(':scope > p')?.textContent);

/** @returns the id of a conversation that is not the last one, and what opens it */
async function earlier() {
  const { conversation_id } = await page.ada.say('Add a task to buy milk');
  await page.ada.say('Add a task to pay bills');
  await page.visitLoggedIn();
  await chat().findByText(added('pay bills'));
  await page.user.click(screen.getByRole('button', { name: 'History' }));
  const entry = await screen.findByRole('button', { name: /^Add a task to buy milk/ });
  return { id: conversation_id, open: () => page.user.click(entry) };
}

test('nothing is said in an earlier conversation before it is shown, nor in a new one instead', async () => {
  const { id, open } = await earlier();
  const release = page.network.holdOnce('GET', `/api/me/conversations/${id}`);
  await open();
  await say('Add a task to buy bread{Enter}');
  expect(field()).toBe('Add a task to buy bread');
  release();
  await chat().findByText(added('buy milk'));
  await say('{Enter}');
  await within(log()).findByText(added('buy bread'));
  expect(turns()).toHaveLength(1);
  expect(await page.ada.conversations()).toHaveLength(2);
  expect(page.network.bodies.at(-1)).toMatchObject({ message: 'Add a task to buy bread', conversation_id: id });
  expect(articles()).toHaveLength(4);
});

test('what is written to an earlier conversation that cannot be loaded waits until it is', async () => {
  const { id, open } = await earlier();
  page.network.failOnce('GET', `/api/me/conversations/${id}/messages`, 503, 'The database does not answer.');
  await open();
  await screen.findByText(/The database does not answer/);
  await say('Add a task to buy bread{Enter}');
  expect(turns()).toEqual([]);
  await page.user.click(screen.getByRole('button', { name: 'Reload the conversation' }));
  await chat().findByText(added('buy milk'));
  await say('{Enter}');
  await within(log()).findByText(added('buy bread'));
  expect(await page.ada.conversations()).toHaveLength(2);
});

test('nothing is said in the last conversation before it is shown: a yes would answer a question that nobody has seen', async () => {
  await page.ada.addTasks('Milk', 'Bread');
  const { conversation_id } = await page.ada.say('Hello');
  const release = page.network.holdOnce('GET', `/api/me/conversations/${conversation_id}/messages`);
  await page.visitLoggedIn();
  await waitFor(() => expect(page.network.requests.some((one) => one.includes('/messages'))).toBe(true));
  await page.ada.say('Delete all tasks', conversation_id);
  await say('yes{Enter}');
  expect(field()).toBe('yes');
  expect(screen.getByRole('button', { name: 'Send', description: 'The conversation is not loaded yet' })).toBeTruthy();
  release();
  await chat().findByText('Delete all tasks');
  expect(turns()).toEqual([]);
  expect(await page.ada.titles()).toHaveLength(2);
  await say('{Enter}');
  await within(log()).findByText(/^Deleted task/);
  expect(page.network.bodies.at(-1)).toMatchObject({ message: 'yes', conversation_id, after: expect.any(Number) as number });
  expect(screen.queryByRole('button', { name: 'Send', description: 'The conversation is not loaded yet' })).toBeNull();
});

test('what is written to the last conversation waits while it cannot be loaded', async () => {
  const { conversation_id } = await page.ada.say('Add a task to buy milk');
  page.network.failOnce('GET', `/api/me/conversations/${conversation_id}/messages`, 503, 'The database does not answer.');
  await page.visitLoggedIn();
  await screen.findByText(/The database does not answer/);
  await say('undo{Enter}');
  expect(turns()).toEqual([]);
  await page.user.click(screen.getByRole('button', { name: 'Reload the conversation' }));
  await chat().findByText(added('buy milk'));
  await say('{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual([]));
});

test('a conversation that is opened while it is answered gets its answer, and is gone on with after it', async () => {
  const { conversation_id } = await page.ada.say('Hello');
  const path = `/api/me/conversations/${conversation_id}`;
  page.network.answerLate('GET', path, { id: conversation_id, approval: null, answering: true })();
  const release = page.network.holdOnce('GET', path);
  await page.visitLoggedIn();
  await chat().findByText(HELP);
  expect(chat().getByText('Working on it')).toBeTruthy();
  await page.ada.addTask('Milk');
  await page.ada.say('Delete all tasks', conversation_id);
  await say('yes{Enter}');
  expect(turns()).toEqual([]);
  release();
  await screen.findByText(/^Deleted task 1/);
  expect(chat().queryByText('Working on it')).toBeNull();
  expect(chat().getByText('Delete all tasks')).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('checkbox', { name: 'Milk' })).toBeNull());
  await say('{Backspace>3/}undo{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Milk']));
});

test('a stop that comes before the answer shows what was done all the same, and the conversation goes on', async () => {
  await page.ada.addTasks('Milk', 'Bread');
  await page.ada.say('Add a task to pay bills');
  await page.visitLoggedIn();
  await chat().findByText(added('pay bills'));
  const answered = page.network.stall('POST', '/api/me/chat/stream');
  await say('complete task 1{Enter}');
  await answered;
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await within(log()).findByText(/^Completed task 1/);
  expect(within(log()).queryByText('Stopped.')).toBeNull();
  await say('complete task 2{Enter}');
  await within(log()).findByText(/^Completed task 2/);
  expect(articles()).toHaveLength(6);
  expect((await page.ada.task(2)).completed).toBe(true);
});

test('a stop before anything arrived leaves what another window said to be read first', async () => {
  const { conversation_id } = await page.ada.say('Add a task to pay bills');
  await page.visitLoggedIn();
  await chat().findByText(added('pay bills'));
  const release = page.network.holdOnce('POST', '/api/me/chat/stream');
  await say('Hello{Enter}');
  await page.ada.say('Add a task to buy milk', conversation_id);
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await within(log()).findByText('Stopped.');
  release();
  await screen.findByRole('button', { name: 'Send' });
  await say('What is pending?{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('Read it, then send this again.');
  expect(said()).toContain('Add a task to buy milk');
});
