/** Shows the sign-in form or the workspace, by the state of the session. */
import { SignIn } from './auth/SignIn';
import { useSession } from './auth/useSession';
import { Workspace } from './Workspace';

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
      return <SignIn notice={session.notice} onSignedIn={session.begin} />;
    case 'signed-in':
      return <Workspace key={session.user.id} api={session.api} user={session.user} onLogOut={session.end} />;
  }
}
