/** The page of someone who is logged in: tasks beside the assistant, or one at a time where space is short. */
import { useState } from 'react';
import type { TodoApi } from './api/todo';
import type { User } from './api/types';
import { ChatPanel } from './chat/ChatPanel';
import { TaskPanel } from './tasks/TaskPanel';
import { useTasks } from './tasks/useTasks';
import { Mark } from './ui/icons';

interface Props {
  api: TodoApi;
  user: User;
  onLogOut: () => void;
}

export function Workspace({ api, user, onLogOut }: Props) {
  const tasks = useTasks(api);
  const [view, setView] = useState<'tasks' | 'assistant'>('tasks');
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
        <button type="button" className="quiet" onClick={onLogOut}>
          Log out
        </button>
      </header>
      <main>
        <TaskPanel tasks={tasks} />
        <ChatPanel api={api} onAnswered={tasks.reload} />
      </main>
    </div>
  );
}
