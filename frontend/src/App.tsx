/** Shows the sign-in form or the workspace, by the state of the session. */
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy } from 'react';
import { useSession } from './auth/useSession';
import { KeptContext } from './ui/kept';
import { Later } from './ui/Later';
import { Workspace } from './Workspace';

const SignIn = lazy(() => import('./auth/SignIn').then((module) => ({ default: module.SignIn })));

export function App() {
  const session = useSession();
  switch (session.state) {
    case 'checking':
      return <main className="splash" aria-busy="true" />;
    case 'unreachable':
      return (
        <main className="splash">
          <h1>Todo</h1>
          <p role="alert">{session.reason}</p>
          <button type="button" className="primary" onClick={session.retry}>
            Try again
          </button>
        </main>
      );
    case 'signed-out':
      return (
        <Later notice={session.notice}>
          <SignIn notice={session.notice} onSignedIn={session.begin} />
        </Later>
      );
    case 'signed-in':
      return (
        <QueryClientProvider client={session.cache}>
          <KeptContext value={session.kept}>
            <Workspace key={session.user.id} api={session.api} user={session.user} onLogOut={session.end} />
          </KeptContext>
        </QueryClientProvider>
      );
  }
}
