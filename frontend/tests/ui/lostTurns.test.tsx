// @vitest-environment jsdom
/** Messages without an answer here: nothing is done twice, and the page shows what was done. */
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { added, articles, chat, HELP, log, talkOn } from '../support/chat';
import { startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

const STREAM = '/api/me/chat/stream';
const { say, turns, askToDelete } = talkOn(() => page);
const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value;
const said = () => articles().map((one) => one.querySelector(':scope > p')?.textContent);
const tryAgain = async () => page.user.click(await screen.findByRole('button', { name: 'Try again' }));

test('the first message of a conversation whose answer got lost is not said twice', async () => {
  await page.visitLoggedIn();
  page.network.loseOnce('POST', STREAM);
  await say('Add a task to buy groceries{Enter}');
  await tryAgain();
  await within(log()).findByText(added('buy groceries'));
  await screen.findByRole('button', { name: 'Send' });
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  expect(screen.queryByRole('alert')).toBeNull();
  expect(articles()).toHaveLength(2);
  expect(turns()).toHaveLength(1);
  expect(await page.ada.titles()).toEqual(['buy groceries']);

  await say('undo{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual([]));
  expect(await page.ada.conversations()).toHaveLength(1);
});

test('a later message whose answer got lost is not said twice', async () => {
  await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  page.network.dropOnce('POST', STREAM);
  await say('Add a task to buy groceries{Enter}');
  await tryAgain();
  await within(log()).findByText(added('buy groceries'));
  await screen.findByRole('button', { name: 'Send' });
  expect(articles()).toHaveLength(4);
  expect(turns()).toHaveLength(1);
  await say('Add a task to pay bills{Enter}');
  await within(log()).findByText(added('pay bills'));
  expect(await page.ada.titles()).toEqual(['pay bills', 'buy groceries']);
});

test('a lost message that is not stored is sent again, though an earlier conversation begins with the same words', async () => {
  await page.ada.say('Add a task to buy groceries');
  await page.visitLoggedIn();
  await chat().findByText(added('buy groceries'));
  await page.user.click(screen.getByRole('button', { name: 'New conversation' }));
  page.network.failOnce('POST', STREAM, 502, 'The backend cannot be reached.');
  await say('Add a task to buy groceries{Enter}');
  await tryAgain();
  await within(log()).findByText(added('buy groceries'));
  expect(articles()).toHaveLength(2);
  expect(await page.ada.titles()).toEqual(['buy groceries', 'buy groceries']);
  expect(await page.ada.conversations()).toHaveLength(2);
});

test('a lost message is not sent again before it can be seen whether it was taken', async () => {
  await page.visitLoggedIn();
  await chat().findByRole('list', { name: 'Suggestions' });
  page.network.loseOnce('POST', STREAM);
  await say('Add a task to buy groceries{Enter}');
  await screen.findByRole('alert');
  const refuse = page.network.failLate('GET', '/api/me/conversations', 503, 'The database does not answer.');
  await tryAgain();
  expect(screen.queryByRole('alert')).toBeNull();
  refuse();
  expect((await screen.findByRole('alert')).textContent).toBe('The backend closed the connection before it answered.');
  await tryAgain();
  await within(log()).findByText(added('buy groceries'));
  expect(turns()).toHaveLength(1);
});

test('before anything else is said it is seen what came of a lost message; what was written is in the field again', async () => {
  await page.ada.addTasks('Milk', 'Bread');
  await page.visitLoggedIn();
  page.network.loseOnce('POST', STREAM);
  await say('Delete all tasks{Enter}');
  await screen.findByRole('alert');
  await say('yes{Enter}');
  await screen.findByRole('region', { name: 'Shall I do this?' });
  expect(articles()).toHaveLength(2);
  expect(field()).toBe('yes');
  expect(turns()).toHaveLength(1);
  expect(await page.ada.titles()).toHaveLength(2);
  await say('{Enter}');
  await within(log()).findByText(/^Deleted task/);
});

test('a stop in a new conversation shows what was done, and the conversation goes on', async () => {
  await page.visitLoggedIn();
  const answered = page.network.stall('POST', STREAM);
  await say('Add a task to buy groceries{Enter}');
  await answered;
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await within(log()).findByText(added('buy groceries'));
  expect(within(log()).queryByText('Stopped.')).toBeNull();
  await screen.findByRole('button', { name: 'Send' });
  await say('undo{Enter}');
  await waitFor(async () => expect(await page.ada.titles()).toEqual([]));
  expect(await page.ada.conversations()).toHaveLength(1);
});

test('a stopped message is found in whatever form its accents were typed', async () => {
  await page.ada.say('Hello');
  await page.visitLoggedIn();
  await screen.findByText(HELP);
  const answered = page.network.stall('POST', STREAM);
  await page.user.click(screen.getByRole('textbox', { name: 'Message' }));
  await page.user.paste('Add a task to visit cafe\u0301');
  await page.user.keyboard('{Enter}');
  await answered;
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await within(log()).findByText(added('visit caf\u00e9'));
});

test('a stopped message of which it could not be seen what came of it is looked for before anything else is said', async () => {
  await page.visitLoggedIn();
  await chat().findByRole('list', { name: 'Suggestions' });
  const answered = page.network.stall('POST', STREAM);
  await say('Add a task to buy groceries{Enter}');
  await answered;
  page.network.failOnce('GET', '/api/me/conversations', 503, 'The database does not answer.');
  await page.user.click(screen.getByRole('button', { name: 'Stop' }));
  await screen.findByRole('button', { name: 'Try again' });
  await say('undo{Enter}');
  await within(log()).findByText(added('buy groceries'));
  expect(field()).toBe('undo');
  expect(turns()).toHaveLength(1);
});

test('after a lost yes the page says what was done', async () => {
  const card = await askToDelete();
  page.network.loseOnce('POST', STREAM);
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  await tryAgain();
  await within(log()).findByText(/^Deleted task/);
  await screen.findByRole('button', { name: 'Send' });
  expect(said().slice(2)).toEqual(['Yes, do it.', expect.stringMatching(/^Deleted task/)]);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(turns()).toHaveLength(2);
});

test('a question that was settled elsewhere is explained with what came of it, and not offered again', async () => {
  const card = await askToDelete();
  const [conversation] = await page.ada.conversations();
  await page.ada.approve(conversation!.id);
  await page.user.click(card.getByRole('button', { name: 'Yes, do it' }));
  expect((await screen.findByRole('alert')).textContent).toContain('it was approved');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  expect(said().slice(2)).toEqual(['Yes, do it.', expect.stringMatching(/^Deleted task/), 'Yes, do it.']);
  await say('Thanks{Enter}');
  await within(log()).findByText('You are welcome.');
  expect(within(articles()[4]!).getByText('not sent')).toBeTruthy();
});

test('a refused message is marked as not sent once another one follows', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', STREAM, 429, 'Too many requests. Try again in 30 s.');
  await say('Add a task to buy groceries{Enter}');
  await screen.findByRole('alert');
  expect(chat().queryByText('not sent')).toBeNull();
  await say('Add a task to call mom{Enter}');
  await within(log()).findByText(added('call mom'));
  expect(articles().map((one) => within(one).queryByText('not sent') !== null)).toEqual([true, false, false]);
  expect(await page.ada.titles()).toEqual(['call mom']);
});
