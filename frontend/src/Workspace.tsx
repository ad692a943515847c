/** The page of someone who is logged in: tasks beside the assistant, or one at a time where space is short; or the account. */
import { lazy, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { TodoApi } from './api/todo';
import type { User } from './api/types';
import { ChatPanel } from './chat/ChatPanel';
import { TaskPanel } from './tasks/TaskPanel';
import { Door, Mark, Person } from './ui/icons';
import { Later } from './ui/Later';
import { ThemeSwitch } from './ui/ThemeSwitch';

const loadAccount = () => import('./account/AccountView');
const AccountView = lazy(() => loadAccount().then((module) => ({ default: module.AccountView })));

interface Props {
  api: TodoApi;
  user: User;
  onLogOut: () => void;
}

export function Workspace({ api, user, onLogOut }: Props) {
  const [view, setView] = useState<'tasks' | 'assistant' | 'account'>('tasks');
  const accountButton = useRef<HTMLButtonElement>(null);

  /** A failure is said where the view would be. */
  const preload = () => void loadAccount().catch(() => undefined);

  function leaveAccount() {
    flushSync(() => setView('tasks'));
    accountButton.current?.focus();
  }

  return (
    <div className="workspace" data-view={view}>
      <header className="topbar">
        <h1>
          <Mark />
          Todo
        </h1>
        <nav className="switch" aria-label="View">
          <button type="button" aria-pressed={view === 'tasks'} onClick={() => setView('tasks')}>
            Tasks
          </button>
          <button type="button" aria-pressed={view === 'assistant'} onClick={() => setView('assistant')}>
            Assistant
          </button>
        </nav>
        <p className="who">{user.name || user.email}</p>
        <ThemeSwitch />
        <button
          ref={accountButton}
          type="button"
          className="quiet labelled"
          aria-pressed={view === 'account'}
          onFocus={preload}
          onPointerEnter={preload}
          onClick={() => setView(view === 'account' ? 'tasks' : 'account')}
        >
          <Person />
          <span>Account</span>
        </button>
        <button type="button" className="quiet labelled" onClick={onLogOut}>
          <Door />
          <span>Log out</span>
        </button>
      </header>
      <main>
        <TaskPanel api={api} />
        <ChatPanel api={api} />
        {view === 'account' && (
          <Later>
            <AccountView call={api.call} email={user.email} onLeave={leaveAccount} />
          </Later>
        )}
      </main>
    </div>
  );
}
