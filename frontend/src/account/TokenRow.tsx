import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { PersonalToken } from '../api/types';
import { When } from '../ui/When';

interface Props {
  token: PersonalToken;
  onRevoke: () => void;
}

export function TokenRow({ token, onRevoke }: Props) {
  const [asking, setAsking] = useState(false);
  const revoke = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);

  // On the answer that changes nothing, for those who press Enter twice.
  function ask() {
    flushSync(() => setAsking(true));
    keep.current?.focus();
  }

  function stay() {
    flushSync(() => setAsking(false));
    revoke.current?.focus();
  }

  return (
    <li>
      <div className="text">
        <p className="name">{token.name}</p>
        <p className="facts">
          Made <When at={token.created_at} />, <LastUse at={token.last_used_at} />, <End at={token.expires_at} />
        </p>
      </div>
      {asking ? (
        <div
          className="sure"
          role="group"
          aria-label={`Revoke ${token.name}?`}
          onKeyDown={(event) => {
            if (event.key === 'Escape') stay();
          }}
        >
          <p>Programs that use it stop working.</p>
          <button type="button" className="danger" onClick={onRevoke}>
            Revoke it
          </button>
          <button ref={keep} type="button" onClick={stay}>
            Keep it
          </button>
        </div>
      ) : (
        <button ref={revoke} type="button" aria-label={`Revoke ${token.name}`} onClick={ask}>
          Revoke
        </button>
      )}
    </li>
  );
}

function LastUse({ at }: { at: string | null }) {
  return at ? (
    <>
      last used <When at={at} />
    </>
  ) : (
    'never used'
  );
}

function End({ at }: { at: string | null }) {
  if (!at) return 'good until it is revoked';
  return (
    <>
      {new Date(at) <= new Date() ? <strong>expired</strong> : 'expires'} <When at={at} />
    </>
  );
}
