/** The whole page in a DOM, talking to the real backend over HTTP. */
import { cleanup, configure, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { App } from '../../src/App';
import { createNetwork } from './network';
import { Person } from './person';

// Deadlines are for machines that are busy; nothing waits longer than it has to.
configure({ asyncUtilTimeout: 30_000 });

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

/** @param ada whose page it is once she is logged in; without her, somebody new */
export async function startPage(ada?: Person) {
  ada ??= await Person.register();
  const { cookie } = ada;
  const network = createNetwork();
  vi.stubGlobal('ResizeObserver', NoResizes);
  vi.stubGlobal('fetch', network.fetch);
  layout.rows = 1_000;
  const user = userEvent.setup();
  window.history.replaceState(null, '', '/');

  return {
    ada,
    network,
    user,
    /** Makes the window so high that this many tasks fit into it. */
    shrinkTo: (rows: number) => (layout.rows = rows),
    visit: () => render(<App />),
    /** Opens the page as someone who is logged in already. */
    async visitLoggedIn() {
      network.cookie = cookie;
      render(<App />);
      await screen.findByRole('textbox', { name: 'New task' });
    },
    /** Fills in the form of who is not logged in. */
    async fillIn(email: string, password: string) {
      await user.clear(await screen.findByLabelText('Email'));
      await user.type(screen.getByLabelText('Email'), email);
      await user.clear(screen.getByLabelText('Password'));
      await user.type(screen.getByLabelText('Password'), password);
    },
    reload() {
      cleanup();
      render(<App />);
    },
    close: cleanup,
  };
}
