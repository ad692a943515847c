/** The page of someone who is logged in: tasks beside the assistant, or one at a time where space is short; or the account. */
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { AccountView } from './account/AccountView';
import type { TodoApi } from './api/todo';
import type { User } from './api/types';
import { ChatPanel } from './chat/ChatPanel';
import { TaskPanel } from './tasks/TaskPanel';
import { useTasks } from './tasks/useTasks';
import { Door, Mark, Person } from './ui/icons';

interface Props {
  api: TodoApi;
  user: User;
  onLogOut: () => void;
}

export function Workspace({ api, user, onLogOut }: Props) {
  const tasks = useTasks(api);
  const [view, setView] = useState<'tasks' | 'assistant' | 'account'>('tasks');
  const accountButton = useRef<HTMLButtonElement>(null);

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
        <button
          ref={accountButton}
          type="button"
          className="quiet labelled"
          aria-pressed={view === 'account'}
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
        <TaskPanel tasks={tasks} />
        <ChatPanel api={api} onAnswered={tasks.reload} />
        {view === 'account' && <AccountView api={api} email={user.email} onLeave={leaveAccount} />}
      </main>
    </div>
  );
}
