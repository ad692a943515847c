// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPage } from '../support/page';
import { newEmail, PASSWORD, Person } from '../support/person';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

test('a first visit offers to log in and to create an account, which leads to an empty list', async () => {
  page.visit();
  await screen.findByRole('button', { name: 'Log in' });
  expect(screen.getByRole('heading', { name: 'Todo' })).toBeTruthy();
  const email = newEmail();
  await page.fillIn(email, PASSWORD);
  await page.user.click(screen.getByRole('button', { name: 'Create account' }));
  expect(await screen.findByText(/Nothing here yet/)).toBeTruthy();
  // By the name that the backend makes of it.
  expect(screen.getByText(email.split('@')[0]!)).toBeTruthy();
});

test('Enter logs in, and a wrong password is explained in the backend’s words', async () => {
  page.visit();
  await page.fillIn(page.ada.email, 'wrong horse');
  await page.user.keyboard('{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('The e-mail address or the password is wrong.');
  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'New task' });
});

const count = (request: string) => page.network.requests.filter((one) => one.startsWith(request)).length;

test('a reload keeps the session, logging out ends it', async () => {
  await page.visitLoggedIn();
  page.reload();
  await page.user.click(await screen.findByRole('button', { name: 'Log out' }));
  await screen.findByRole('button', { name: 'Log in' });
  expect(count('POST /api/auth/logout')).toBe(1);
  page.reload();
  await screen.findByRole('button', { name: 'Log in' });
});

test('what was searched for leaves the address with the logout, and the data with it', async () => {
  await page.ada.addTask('Pay rent');
  window.history.replaceState(null, '', '/?q=rent&other=stays');
  await page.visitLoggedIn();
  await screen.findByRole('checkbox', { name: 'Pay rent' });
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  await screen.findByRole('button', { name: 'Log in' });
  expect(window.location.search).toBe('?other=stays');
  const grace = await Person.register();
  const release = page.network.holdOnce('GET', '/api/me/tasks');
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText('Loading your tasks');
  expect(screen.queryByText('Pay rent')).toBeNull();
  release();
  await screen.findByText(/Nothing here yet/);
});

test('a logout that does not reach the backend says so', async () => {
  await page.visitLoggedIn();
  page.network.failOnce('POST', '/api/auth/logout', 502, 'The backend cannot be reached right now.');
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  expect((await screen.findByRole('status')).textContent).toContain('could not be told');
});

test('an access token that has expired is renewed once, unnoticed, and nothing is done twice', async () => {
  await page.visitLoggedIn();
  await waitFor(() => expect(count('GET /api/me/conversations')).toBe(1));
  page.network.expireTokens();
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom{Enter}');
  expect(await screen.findByRole('checkbox', { name: 'Call mom' })).toBeTruthy();
  await waitFor(async () => expect(await page.ada.titles()).toEqual(['Call mom']));
  expect(count('POST /api/auth/refresh')).toBe(2); // the first when the page was opened
});

test('a session that has ended leads back to the form, with the reason', async () => {
  await page.visitLoggedIn();
  await page.ada.logOut();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Too late{Enter}');
  // By its text: until the form is back, the page has a status of its own.
  const notice = await screen.findByText('Your session has ended. Log in again.');
  expect(notice.getAttribute('role')).toBe('status');
  page.reload();
  await screen.findByRole('button', { name: 'Log in' });
});

/** Types a task, a message and an edit of “Milk”, none of which is sent. */
async function typeAll() {
  await page.ada.addTask('Milk', { description: 'whole' });
  await page.visitLoggedIn();
  await page.user.click(await screen.findByRole('button', { name: 'Edit Milk' }));
  await page.user.type(await screen.findByRole('textbox', { name: 'Title' }), ' and bread');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom');
  await page.user.type(screen.getByRole('textbox', { name: 'Message' }), 'What is due');
}
/** What is in those fields; '' where one is not there. */
const typed = () =>
  ['New task', 'Message', 'Title'].map((name) => screen.queryByRole<HTMLInputElement>('textbox', { name })?.value ?? '');
const look = () => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));

test('what was typed is there again for who logs in after the session has ended by itself', async () => {
  await typeAll();
  await page.ada.logOut();
  look();
  await screen.findByText('Your session has ended. Log in again.');
  await page.fillIn(page.ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'Title' });
  expect(typed()).toEqual(['Call mom', 'What is due', 'Milk and bread']);
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByRole('checkbox', { name: 'Milk and bread' });
});

test('what was typed is for nobody else, and gone after a logout', async () => {
  await typeAll();
  await page.ada.logOut();
  look();
  await screen.findByText('Your session has ended. Log in again.');
  const grace = await Person.register();
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText(grace.name);
  expect(typed()).toEqual(['', '', '']);
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Mine');
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText(grace.name);
  expect(typed()).toEqual(['', '', '']);
});

test('what the end of the session refused is in its field again', async () => {
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Too late');
  await page.ada.logOut();
  await page.user.keyboard('{Enter}');
  await screen.findByText('Your session has ended. Log in again.');
  const ada = await page.ada.logIn();
  await page.fillIn(ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'New task' });
  expect(typed()).toEqual(['Too late', '', '']);

  await page.user.type(screen.getByRole('textbox', { name: 'Message' }), 'Hello');
  await ada.endOtherSessions();
  await page.user.keyboard('{Enter}');
  await screen.findByText('Your session has ended. Log in again.');
  await page.fillIn(ada.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'New task' });
  expect(typed()).toEqual(['Too late', 'Hello', '']);
});

test('a tab whose browser is another user’s by now does nothing in their name, and becomes theirs', async () => {
  await page.visitLoggedIn();
  const grace = await Person.register();
  page.network.cookie = grace.cookie;
  page.network.expireTokens();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Mine{Enter}');
  await screen.findByText(grace.name);
  expect(await grace.titles()).toEqual([]);
});

test('a late refusal of an earlier session leaves the present one alone', async () => {
  await page.visitLoggedIn();
  await screen.findByText(/Nothing here yet/);
  const release = page.network.holdOnce('GET', '/api/me/tasks');
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  await waitFor(() => expect(page.network.requests.filter((one) => one.startsWith('GET /api/me/tasks'))).toHaveLength(2));
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  const grace = await Person.register();
  await page.fillIn(grace.email, PASSWORD);
  await page.user.keyboard('{Enter}');
  await screen.findByText(grace.name);
  release();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom{Enter}');
  expect(await screen.findByRole('checkbox', { name: 'Call mom' })).toBeTruthy();
});

test('a backend of the release before, which has no sessions, is one to log in to', async () => {
  page.network.failOnce('POST', '/api/auth/refresh', 404, 'Not Found');
  page.visit();
  await screen.findByRole('button', { name: 'Log in' });
});

test('a backend that is away for a moment does not end the session', async () => {
  page.network.cookie = page.ada.cookie;
  page.network.failOnce('POST', '/api/auth/refresh', 502, 'The backend cannot be reached right now.');
  page.visit();
  expect((await screen.findByRole('alert')).textContent).toBe('The backend cannot be reached right now.');
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('textbox', { name: 'New task' });
});
