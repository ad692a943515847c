/** What to paste into an MCP client, so that it works on the user's tasks. */
import { useState } from 'react';
import { Copyable } from './Copyable';
import { mcpClients, TOKEN_PLACEHOLDER } from './mcpClients';

/** @param token undefined where none is shown, so none can be filled in */
export function McpSnippets({ token }: { token: string | undefined }) {
  const clients = mcpClients(location.origin, token ?? TOKEN_PLACEHOLDER);
  const [chosen, setChosen] = useState('claude-code');
  return (
    <section className="snippets" aria-labelledby="snippets-heading">
      <h4 id="snippets-heading">Connect an MCP client</h4>
      <div className="filters" role="group" aria-label="Client">
        {clients.map(({ id, label }) => (
          <button key={id} type="button" aria-pressed={chosen === id} onClick={() => setChosen(id)}>
            {label}
          </button>
        ))}
      </div>
      {clients
        .filter(({ id }) => id === chosen)
        .map(({ id, label, where, text }) => (
          <div key={id}>
            <p>
              {where}{' '}
              {!token && (
                <>
                  Make a token above to have it filled in instead of <code>{TOKEN_PLACEHOLDER}</code>.
                </>
              )}
            </p>
            <Copyable text={text} label={`the configuration of ${label}`} />
          </div>
        ))}
    </section>
  );
}
