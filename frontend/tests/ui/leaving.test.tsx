// @vitest-environment jsdom
/** What is under way or remembered when a session ends: who gets it, and who does not. */
import { screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPage } from '../support/page';
import { PASSWORD, Person } from '../support/person';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

/** What is in the field of the new task. */
const typed = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' }).value;

test('what waits for a change when the session ends is named for who logs in again', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  await page.ada.logOut();
  const release = page.network.holdOnce('POST', '/api/me/tasks');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'One{Enter}Two{Enter}Three{Enter}');
  release();
  await screen.findByText('Your session has ended. Log in again.');
  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'New task' });
  await screen.findByText('“Three” was not added.');
  expect(screen.getByText('“Two” was not added.')).toBeTruthy();
  expect(typed()).toBe('One');
});

test('what waits for a change when the session ends is nothing for the next user', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  await page.ada.logOut();
  const release = page.network.holdOnce('POST', '/api/me/tasks');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'One{Enter}Two{Enter}');
  release();
  await screen.findByText('Your session has ended. Log in again.');
  const grace = await Person.register();
  await page.fillIn(grace.email, PASSWORD);
  const hold = page.network.holdOnce('POST', '/api/me/tasks');
  await page.user.keyboard('{Enter}');
  await page.user.type(await screen.findByRole('textbox', { name: 'New task' }), 'Mine{Enter}');
  hold();
  await screen.findByRole('checkbox', { name: 'Mine' });
  expect(typed()).toBe('');
  expect(screen.queryByText(/was not added/)).toBeNull();
  expect(await grace.titles()).toEqual(['Mine']);
});

test('a logout lets the changes that wait be made first', async () => {
  await page.ada.addTasks('Milk');
  await page.visitLoggedIn();
  const release = page.network.holdOnce('PATCH', '/api/me/tasks/1');
  await page.user.click(await screen.findByRole('checkbox', { name: 'Milk' }));
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Bread{Enter}Eggs{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  release();
  await screen.findByRole('button', { name: 'Log in' });
  expect(screen.queryByRole('status')).toBeNull();
  const ada = await page.ada.logIn();
  expect(await ada.titles()).toEqual(['Eggs', 'Bread', 'Milk']);
  expect((await ada.task(1)).completed).toBe(true);
  expect(page.network.requests.at(-1)).toBe('POST /api/auth/logout');
});

test('a logout says what it could not wait for, and what was refused', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  const refuse = page.network.failLate('POST', '/api/me/tasks', 503, 'The database does not answer.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Milk{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  refuse();
  expect((await screen.findByText(/Not all/)).textContent).toBe('Not all of your changes were saved.');

  await page.fillIn(page.ada.email, PASSWORD);
  const release = page.network.holdOnce('POST', '/api/me/tasks');
  await page.user.keyboard('{Enter}');
  await page.user.type(await screen.findByRole('textbox', { name: 'New task' }), 'Milk{Enter}');
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  await screen.findByText('Not all of your changes were saved.');
  release();
});

test('what was searched for is nothing for who logs in after the session has ended by itself', async () => {
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('searchbox'), 'divorce lawyer{Enter}');
  await screen.findByText(/No task matches/);
  await page.ada.logOut();
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await screen.findByText('Your session has ended. Log in again.');
  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText('No task matches: “divorce lawyer”.');

  const ada = await page.ada.logIn();
  await ada.endOtherSessions();
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await screen.findByText('Your session has ended. Log in again.');
  const grace = await Person.register();
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText(/Nothing here yet/);
  expect(window.location.search).toBe('');
  expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('');
});

test('“Back” does not show the next user what was searched for', async () => {
  window.history.replaceState(null, '', '/?other=stays');
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('searchbox'), 'divorce lawyer{Enter}');
  await page.user.click(await screen.findByRole('button', { name: 'Clear filters' }));
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  const grace = await Person.register();
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText(/Nothing here yet/);
  await page.user.click(screen.getByRole('button', { name: 'Pending' }));
  await screen.findByText(/Nothing is pending/);
  // To Grace's list of all, to what was Ada's search, to what Ada began with.
  for (let step = 0; step < 3; step++) {
    const travelled = new Promise((resolve) => window.addEventListener('popstate', resolve, { once: true }));
    window.history.back();
    await travelled;
    await screen.findByText(/Nothing here yet/);
    expect(window.location.search).toBe('?other=stays');
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('');
  }
});

test('an address that was opened before the login finds what it asks for', async () => {
  await page.ada.addTasks('Pay rent', 'Call mom');
  window.history.replaceState(null, '', '/?q=rent');
  page.visit();
  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText('1 task matches');
});
