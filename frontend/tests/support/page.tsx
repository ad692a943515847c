/** The whole page in a DOM, talking to a backend in memory over HTTP. */
import { cleanup, configure, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { App } from '../../src/App';
import { startMemoryBackend } from './memoryBackend.mjs';

// Deadlines are for machines that are busy; nothing waits longer than it has to.
configure({ asyncUtilTimeout: 10_000 });

/** The rows that fit into the window of a test; jsdom lays nothing out, so this is all the layout there is. */
const ROW = 50;
const layout = { rows: 1_000 };
class NoResizes {
  observe() {}
  unobserve() {}
  disconnect() {}
}
function heightOf(this: HTMLElement): number {
  return this.matches('.tasks') ? layout.rows * ROW : ROW;
}
Object.defineProperties(HTMLElement.prototype, { offsetHeight: { get: heightOf }, scrollHeight: { get: () => 1_000_000 } });

export const EMAIL = 'ada@example.org';

export async function startPage() {
  const backend = await startMemoryBackend();
  vi.stubGlobal('ResizeObserver', NoResizes);
  layout.rows = 1_000;
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
    /** Makes the window so high that this many tasks fit into it. */
    shrinkTo: (rows: number) => (layout.rows = rows),
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
