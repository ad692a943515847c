// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PersonalToken } from '../../src/api/types';
import { startPage } from '../support/page';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let page: Awaited<ReturnType<typeof startPage>>;
beforeEach(async () => {
  page = await startPage();
});
afterEach(() => {
  vi.useRealTimers();
  page.close();
});

async function openAccount() {
  await page.visitLoggedIn();
  await page.user.click(screen.getByRole('button', { name: 'Account' }));
  await screen.findByRole('region', { name: 'Account' });
}

const sessions = () => within(screen.getByRole('region', { name: 'Sessions' }));
const tokens = () => within(screen.getByRole('region', { name: 'Personal access tokens' }));

/** Waits until the focus is there. */
const focusOn = (role: string, name: string) => waitFor(() => expect(document.activeElement).toBe(screen.getByRole(role, { name })));

async function makeToken(name: string) {
  await page.user.type(screen.getByRole('textbox', { name: 'Name of the new token' }), `${name}{Enter}`);
  return within(await screen.findByRole('region', { name: `Copy the token “${name}” now` }));
}

test('the account opens from the header with the focus on its heading, and leads back to the button', async () => {
  await openAccount();
  await focusOn('heading', 'Account');
  expect(screen.getByRole('button', { name: 'Account' }).getAttribute('aria-pressed')).toBe('true');
  await page.user.click(screen.getByRole('button', { name: 'Back to the tasks' }));
  await focusOn('button', 'Account');
  expect(screen.queryByRole('region', { name: 'Account' })).toBeNull();
});

test('what is being written to the assistant is still there after a look at the account', async () => {
  await page.visitLoggedIn();
  await page.user.type(screen.getByRole('textbox', { name: 'Message' }), 'Add a task to');
  await page.user.click(screen.getByRole('button', { name: 'Account' }));
  await page.user.click(await screen.findByRole('button', { name: 'Back to the tasks' }));
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }).value).toBe('Add a task to');
});

test('sessions say which one this is, and others can be ended', async () => {
  await page.ada.logIn(FIREFOX);
  await openAccount();
  const own = (await sessions().findByText('This one')).closest('li') as HTMLElement;
  expect(within(own).queryByRole('button')).toBeNull();
  await page.user.click(sessions().getByRole('button', { name: 'End the session of Firefox on Linux' }));
  await focusOn('heading', 'Sessions');
  await sessions().findByText('The session of Firefox on Linux has ended.');
  expect(sessions().getAllByRole('listitem')).toHaveLength(1);
  expect(await page.ada.otherSessions()).toEqual([]);
});

test('all other sessions end at once', async () => {
  await page.ada.logIn(FIREFOX);
  await page.ada.logIn('curl/8.5.0');
  await openAccount();
  await page.user.click(await sessions().findByRole('button', { name: 'End all others' }));
  await sessions().findByText('All other sessions have ended.');
  expect(await page.ada.otherSessions()).toEqual([]);
  expect(sessions().queryByRole('button', { name: 'End all others' })).toBeNull();
});

test('sessions that have ended elsewhere by now have ended', async () => {
  await page.ada.logIn('curl/8.5.0');
  const firefox = await page.ada.logIn(FIREFOX);
  await openAccount();
  const end = await sessions().findByRole('button', { name: 'End all others' });
  await firefox.logOut();
  await page.user.click(end);
  await sessions().findByText('All other sessions have ended.');
  expect(sessions().queryByRole('alert')).toBeNull();
  expect(sessions().getAllByRole('listitem')).toHaveLength(1);
});

test('a session that could not be ended is listed with the reason, the others are not', async () => {
  await page.ada.logIn('curl/8.5.0');
  await page.ada.logIn(FIREFOX);
  await openAccount();
  const end = await sessions().findByRole('button', { name: 'End all others' });
  const [first, second] = await page.ada.otherSessions();
  page.network.failOnce('DELETE', `/api/auth/sessions/${first!.id}`, 503, 'The database does not answer.');
  const release = page.network.holdOnce('DELETE', `/api/auth/sessions/${second!.id}`);
  await page.user.click(end);
  await waitFor(() => expect(page.network.requests.filter((one) => one.startsWith('DELETE'))).toHaveLength(2));
  release();
  expect((await sessions().findByRole('alert')).textContent).toContain('The database does not answer.');
  await waitFor(() => expect(sessions().getAllByRole('listitem')).toHaveLength(2));
  expect(await page.ada.otherSessions()).toHaveLength(1);
});

test('a token whose revocation was done though its answer got lost is revoked', async () => {
  const { id } = await page.ada.addToken('laptop');
  await openAccount();
  await page.user.click(await screen.findByRole('button', { name: 'Revoke laptop' }));
  page.network.failOnce('DELETE', `/api/auth/tokens/${id}`, 404, 'No token. It may have been revoked already.');
  await page.user.click(screen.getByRole('button', { name: 'Revoke it' }));
  await screen.findByText('“laptop” is revoked.');
});

test('a new token is shown once, with a button that copies it', async () => {
  await openAccount();
  const shown = await makeToken('laptop');
  await focusOn('heading', 'Copy the token “laptop” now');
  const token = shown.getByText(/^todo_pat_[\w-]{43}$/).textContent;
  await page.user.click(shown.getByRole('button', { name: 'Copy the token' }));
  await shown.findByText('Copied');
  expect(await navigator.clipboard.readText()).toBe(token);
  expect(page.network.bodies.at(-1)).toEqual({ name: 'laptop', expires_in_days: 90 });
  await page.user.click(shown.getByRole('button', { name: 'I have it, hide it' }));
  await focusOn('heading', 'Personal access tokens');
  expect(document.body.textContent).not.toContain(token);
  expect(await tokens().findByText('laptop')).toBeTruthy();
  expect(tokens().getByText(/never used/)).toBeTruthy();
});

test('a token that is made while the list of before is being loaded is in the list', async () => {
  const release = page.network.holdOnce('GET', '/api/auth/tokens');
  await openAccount();
  await makeToken('laptop');
  await tokens().findByText('laptop');
  release();
});

test('a token may be good until it is revoked', async () => {
  await openAccount();
  await page.user.selectOptions(screen.getByRole('combobox', { name: 'Good for' }), 'until it is revoked');
  await makeToken('server');
  expect(page.network.bodies.at(-1)).toEqual({ name: 'server' });
  expect(await tokens().findByText(/never used, good until it is revoked/)).toBeTruthy();
});

test('a page that may not copy selects the token and says so', async () => {
  await openAccount();
  const shown = await makeToken('laptop');
  const token = shown.getByText(/^todo_pat_/).textContent;
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('denied'));
  await page.user.click(shown.getByRole('button', { name: 'Copy the token' }));
  await shown.findByText(/copy it with the keyboard/);
  expect(getSelection()?.toString()).toBe(token);
});

test('a token is revoked only after a second press, and Escape keeps it', async () => {
  await page.ada.addToken('laptop');
  await openAccount();
  await page.user.click(await tokens().findByRole('button', { name: 'Revoke laptop' }));
  await focusOn('button', 'Keep it');
  await page.user.keyboard('{Escape}');
  await focusOn('button', 'Revoke laptop');
  expect(await page.ada.tokens()).toHaveLength(1);
  await page.user.keyboard('{Enter}');
  await page.user.click(within(await screen.findByRole('group', { name: 'Revoke laptop?' })).getByRole('button', { name: 'Revoke it' }));
  await tokens().findByText('“laptop” is revoked.');
  await focusOn('heading', 'Personal access tokens');
  expect(await page.ada.tokens()).toEqual([]);
  expect(tokens().getByText('You have no tokens yet.')).toBeTruthy();
});

test('why a token could not be revoked is said, also where another one is being revoked by then', async () => {
  const laptop = await page.ada.addToken('laptop');
  const server = await page.ada.addToken('server');
  await openAccount();
  const path = (id: string) => `/api/auth/tokens/${id}`;
  const refuse = page.network.failLate('DELETE', path(laptop.id), 503, 'The database does not answer.');
  const release = page.network.holdOnce('DELETE', path(server.id));
  for (const name of ['laptop', 'server']) {
    await page.user.click(await tokens().findByRole('button', { name: `Revoke ${name}` }));
    await page.user.click(within(tokens().getByRole('group', { name: `Revoke ${name}?` })).getByRole('button', { name: 'Revoke it' }));
  }
  refuse();
  expect((await tokens().findByRole('alert')).textContent).toContain('The database does not answer.');
  release();
  await tokens().findByText('“server” is revoked.');
});

test('a token that was just made and is revoked is shown no longer', async () => {
  await openAccount();
  const shown = await makeToken('laptop');
  const token = shown.getByText(/^todo_pat_/).textContent;
  await page.user.click(await tokens().findByRole('button', { name: 'Revoke laptop' }));
  await page.user.click(tokens().getByRole('button', { name: 'Revoke it' }));
  await tokens().findByText('“laptop” is revoked.');
  expect(document.body.textContent).not.toContain(token);
});

test('a token beyond the limit is refused in the backend’s words, and its name is kept', async () => {
  for (let number = 1; number <= 50; number++) await page.ada.addToken(`Token ${number}`);
  await openAccount();
  await page.user.type(screen.getByRole('textbox', { name: 'Name of the new token' }), 'one more{Enter}');
  expect((await tokens().findByRole('alert')).textContent).toContain('Revoke one first.');
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Name of the new token' }).value).toBe('one more');
});

test('a token says when it was last used, and that it has expired', async () => {
  await page.ada.useToken(await page.ada.addToken('old', 1));
  const [{ created_at, last_used_at, expires_at }] = (await page.ada.tokens()) as [PersonalToken];
  // As the clock of the browser has it, two days later.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 24 * 60 * 60 * 1000 });
  await openAccount();
  const facts = (await tokens().findByText('expired')).closest('li') as HTMLElement;
  expect([...facts.querySelectorAll('time')].map((one) => one.dateTime)).toEqual([created_at, last_used_at, expires_at]);
  expect(facts.textContent).toContain('last used');
});

test('lists that cannot be loaded say why, and load at the next try', async () => {
  await page.ada.addToken('laptop');
  page.network.failOnce('GET', '/api/auth/tokens', 503, 'The database does not answer.');
  await openAccount();
  expect((await tokens().findByRole('alert')).textContent).toContain('The database does not answer.');
  await page.user.click(tokens().getByRole('button', { name: 'Reload the list' }));
  await tokens().findByText('laptop');
  expect(tokens().queryByRole('alert')).toBeNull();
});

test('the configuration of every MCP client has the address of the page and the token that is shown', async () => {
  await openAccount();
  const snippets = within(screen.getByRole('region', { name: 'Connect an MCP client' }));
  expect(snippets.getByLabelText('the configuration of Claude Code').textContent).toContain('Bearer todo_pat_…');
  const token = (await makeToken('laptop')).getByText(/^todo_pat_/).textContent;
  for (const client of ['Claude Code', 'Claude Desktop', 'Cursor', 'VS Code']) {
    await page.user.click(snippets.getByRole('button', { name: client }));
    const text = snippets.getByLabelText(`the configuration of ${client}`).textContent;
    expect(text).toContain(`${location.origin}/mcp`);
    expect(text).toContain(`Bearer ${token}`);
    await page.user.click(snippets.getByRole('button', { name: `Copy the configuration of ${client}` }));
    await snippets.findByText('Copied');
    expect(await navigator.clipboard.readText()).toBe(text);
  }
});

test('hostile names of tokens and clients are inert text', async () => {
  await page.ada.addToken('<img src=x onerror=alert(1)>');
  await page.ada.logIn('<script>alert(2)</script>');
  await openAccount();
  expect(await tokens().findByText('<img src=x onerror=alert(1)>')).toBeTruthy();
  expect(await sessions().findByText('<script>alert(2)</script>')).toBeTruthy();
  expect(document.querySelector('img, script')).toBeNull();
});
