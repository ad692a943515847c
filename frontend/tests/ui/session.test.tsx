// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EMAIL, startPage } from '../support/page';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => page.close());

async function fillIn(email: string, password: string) {
  await page.user.clear(screen.getByLabelText('Email'));
  await page.user.type(screen.getByLabelText('Email'), email);
  await page.user.clear(screen.getByLabelText('Password'));
  await page.user.type(screen.getByLabelText('Password'), password);
}

test('a first visit offers to log in and to create an account, which leads to an empty list', async () => {
  page.visit();
  expect(screen.getByRole('heading', { name: 'Todo' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Log in' })).toBeTruthy();
  await fillIn(EMAIL, 'correct horse');
  await page.user.click(screen.getByRole('button', { name: 'Create account' }));
  expect(await screen.findByText(/Nothing here yet/)).toBeTruthy();
  expect(screen.getByText(EMAIL)).toBeTruthy();
});

test('Enter logs in, and a wrong password is explained in the backend’s words', async () => {
  page.backend.account(EMAIL);
  page.visit();
  await fillIn(EMAIL, 'wrong');
  await page.user.keyboard('{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('Email or password is wrong.');
  await fillIn(EMAIL, 'correct horse');
  await page.user.keyboard('{Enter}');
  await screen.findByRole('textbox', { name: 'New task' });
});

test('a reload keeps the session, logging out ends it', async () => {
  await page.visitLoggedIn();
  page.reload();
  await page.user.click(await screen.findByRole('button', { name: 'Log out' }));
  page.reload();
  expect(screen.getByRole('button', { name: 'Log in' })).toBeTruthy();
});

test('a session the backend no longer accepts leads back to the form, with the reason', async () => {
  await page.visitLoggedIn();
  page.backend.failOnce('POST', '/api/me/tasks', 401, 'The token has expired.');
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Too late{Enter}');
  // By its text: until the form is back, the page has a status of its own.
  const notice = await screen.findByText('Your session has ended. Log in again.');
  expect(notice.getAttribute('role')).toBe('status');
  page.reload();
  expect(screen.getByRole('button', { name: 'Log in' })).toBeTruthy();
});

test('a late refusal of an earlier session leaves the present one alone', async () => {
  await page.visitLoggedIn();
  const release = page.backend.holdOnce('GET', '/api/me/tasks');
  document.dispatchEvent(new Event('visibilitychange'));
  await waitFor(() => expect(page.backend.requests.filter((one) => one.startsWith('GET /api/me/tasks'))).toHaveLength(2));
  await page.user.click(screen.getByRole('button', { name: 'Log out' }));
  page.backend.account('grace@example.org');
  await fillIn('grace@example.org', 'correct horse');
  await page.user.keyboard('{Enter}');
  await screen.findByText('grace@example.org');
  page.backend.forget(EMAIL);
  release();
  await page.user.type(screen.getByRole('textbox', { name: 'New task' }), 'Call mom{Enter}');
  expect(await screen.findByRole('checkbox', { name: 'Call mom' })).toBeTruthy();
});

test('a backend that is away for a moment does not end the session', async () => {
  sessionStorage.setItem('todo.token', page.backend.account(EMAIL));
  page.backend.failOnce('GET', '/api/auth/me', 502, 'The backend cannot be reached right now.');
  page.visit();
  expect((await screen.findByRole('alert')).textContent).toBe('The backend cannot be reached right now.');
  await page.user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('textbox', { name: 'New task' });
});
