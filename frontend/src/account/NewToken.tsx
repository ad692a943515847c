/** A token that was just made. It is in no list of the backend, so this is the one time that it is seen. */
import { useEffect, useRef } from 'react';
import type { NewPersonalToken } from '../api/types';
import { Copyable } from './Copyable';

interface Props {
  made: NewPersonalToken;
  onHide: () => void;
}

export function NewToken({ made, onHide }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="new-token" aria-labelledby="new-token-heading">
      <h4 ref={heading} id="new-token-heading" tabIndex={-1}>
        Copy the token “{made.name}” now
      </h4>
      <p>It is shown this once. Below, it is filled in for your MCP client.</p>
      <Copyable text={made.token} label="the token">
        <button type="button" onClick={onHide}>
          I have it, hide it
        </button>
      </Copyable>
    </section>
  );
}
