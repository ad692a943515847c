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
  // The page asks its own origin; here that is the backend.
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => send(new URL(path, backend.url), init));
  sessionStorage.clear();
  const user = userEvent.setup();

  return {
    backend,
    user,
    visit: () => render(<App />),
    /** Opens the page as someone who is logged in already. */
    async visitLoggedIn() {
      sessionStorage.setItem('todo.token', backend.account(EMAIL));
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
