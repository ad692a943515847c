/** The whole page in a DOM, talking to a backend in memory over HTTP. */
import { cleanup, configure, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { App } from '../../src/App';
import { startMemoryBackend } from './memoryBackend.mjs';

// Deadlines are for machines that are busy; nothing waits longer than it has to.
configure({ asyncUtilTimeout: 10_000 });

export const EMAIL = 'ada@example.org';

export async function startPage() {
  const backend = await startMemoryBackend();
  const send = globalThis.fetch;
  const cookies = { session: '' };
  // The page asks its own origin; here that is the backend. A browser keeps the cookie, which Node does not.
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const headers = { ...(init.headers as Record<string, string>), cookie: cookies.session };
    const response = await send(new URL(path, backend.url), { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) cookies.session = cookie;
    return response;
  });
  const user = userEvent.setup();
  window.history.replaceState(null, '', '/');

  return {
    backend,
    cookies,
    user,
    visit: () => render(<App />),
    /** Opens the page as someone who is logged in already. */
    async visitLoggedIn() {
      cookies.session = backend.account(EMAIL);
      render(<App />);
      await screen.findByRole('textbox', { name: 'New task' });
    },
    reload() {
      cleanup();
      render(<App />);
    },
    async close() {
      cleanup();
      await backend.close();
    },
  };
}
