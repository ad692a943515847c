/** The user's own matters: where they are logged in, and the tokens of their programs. */
import { useEffect, useMemo, useRef } from 'react';
import '../styles/account.css';
import { createAccountApi } from '../api/account';
import type { Call } from '../api/http';
import { Sessions } from './Sessions';
import { Tokens } from './Tokens';

interface Props {
  /** As this person. */
  call: Call;
  email: string;
  onLeave: () => void;
}

export function AccountView({ call, email, onLeave }: Props) {
  const api = useMemo(() => createAccountApi(call), [call]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="account" aria-labelledby="account-heading">
      <div className="panel-head">
        <h2 ref={heading} id="account-heading" tabIndex={-1}>
          Account
        </h2>
        <button type="button" onClick={onLeave}>
          Back to the tasks
        </button>
      </div>
      <p className="lead">{email}</p>
      <Tokens api={api} />
      <Sessions api={api} />
    </section>
  );
}
