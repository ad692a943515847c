/** One form for both: an account is made from the same two fields that log in. */
import { useState, type SubmitEvent } from 'react';
import { messageOf } from '../api/http';
import { logIn, register } from '../api/signIn';
import type { Session } from '../api/types';
import { Mark } from '../ui/icons';

interface Props {
  notice: string | undefined;
  onSignedIn: (session: Session) => void;
}

export function SignIn({ notice, onSignedIn }: Props) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const submitter = event.nativeEvent.submitter;
    const enter = submitter instanceof HTMLButtonElement && submitter.value === 'register' ? register : logIn;
    setBusy(true);
    setError(undefined);
    try {
      onSignedIn(await enter(email.trim(), password));
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <div className="card">
        <h1>
          <Mark />
          Todo
        </h1>
        <p className="lead">Your tasks, and an assistant that works on them with you.</p>
        {notice && !error && <p role="status">{notice}</p>}
        <form onSubmit={(event) => void submit(event)}>
          <label htmlFor="email">Email</label>
          <input
            id="email"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <label htmlFor="password">Password</label>
          <div className="with-button">
            <input
              id="password"
              type={shown ? 'text' : 'password'}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
            <button type="button" className="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
              Show
            </button>
          </div>
          {error && (
            <p role="alert" className="error">
              {error}
            </p>
          )}
          <div className="actions">
            <button type="submit" value="login" className="primary" aria-disabled={busy}>
              Log in
            </button>
            <button type="submit" value="register" aria-disabled={busy}>
              Create account
            </button>
          </div>
        </form>
        <p className="hint">New here? Choose Create account, with a password of at least 8 characters.</p>
      </div>
    </main>
  );
}
