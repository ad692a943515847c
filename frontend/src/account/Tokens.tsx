/** Tokens for the user's MCP clients and scripts: makes them, shows each once, revokes them. */
import { useRef, useState } from 'react';
import type { AccountApi } from '../api/account';
import { TOKENS } from '../api/cache';
import type { NewPersonalToken, PersonalToken } from '../api/types';
import { Failure } from '../ui/Failure';
import { Skeleton } from '../ui/Skeleton';
import { McpSnippets } from './McpSnippets';
import { NewToken } from './NewToken';
import { TokenForm } from './TokenForm';
import { TokenRow } from './TokenRow';
import { useAccountList } from './useAccountList';

export function Tokens({ api }: { api: AccountApi }) {
  const list = useAccountList(TOKENS, () => api.listTokens());
  /** Here only: no list of the backend has it again. */
  const [made, setMade] = useState<NewPersonalToken>();
  const [done, setDone] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);

  async function make(name: string, days: number | undefined): Promise<boolean> {
    setDone('');
    return list.change(async () => setMade(await api.makeToken(name, days)));
  }

  async function revoke(token: PersonalToken) {
    heading.current?.focus();
    setDone('');
    if (!(await list.change(() => api.revokeToken(token.id)))) return;
    setMade((now) => (now?.id === token.id ? undefined : now));
    setDone(`“${token.name}” is revoked.`);
  }

  function hide() {
    heading.current?.focus();
    setMade(undefined);
  }

  function retry() {
    heading.current?.focus();
    list.retry();
  }

  return (
    <section aria-labelledby="tokens-heading" aria-busy={!list.items && !list.error}>
      <h3 ref={heading} id="tokens-heading" tabIndex={-1}>
        Personal access tokens
      </h3>
      <p className="about">
        A token lets an MCP client or a script work on your tasks in your name, until you revoke it. It cannot see or change this
        account.
      </p>
      <TokenForm onMake={make} />
      <Failure error={list.error} onRetry={retry} />
      {!list.items && !list.error && <Skeleton label="Loading your tokens" rows={2} />}
      {made && <NewToken key={made.id} made={made} onHide={hide} />}
      <ul className="entries" aria-label="Tokens">
        {list.items?.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => void revoke(token)} />
        ))}
      </ul>
      {list.items?.length === 0 && <p className="empty">You have no tokens yet.</p>}
      <p role="status" className="done">
        {done}
      </p>
      <McpSnippets token={made?.token} />
    </section>
  );
}
