/** How MCP clients are told about this server; docs/mcp-clients.md says the same for those who use no page. */

export interface McpClient {
  id: string;
  label: string;
  /** Where the text goes. */
  where: string;
  text: string;
}

/** What stands where a token will. */
export const TOKEN_PLACEHOLDER = 'todo_pat_…';

/** @param origin of the page, which serves the MCP endpoint too */
export function mcpClients(origin: string, token: string): McpClient[] {
  const url = `${origin}/mcp`;
  const authorization = `Bearer ${token}`;
  return [
    {
      id: 'claude-code',
      label: 'Claude Code',
      where: 'Run this in a terminal.',
      text: `claude mcp add --transport http todo ${url} --header "Authorization: ${authorization}"`,
    },
    {
      id: 'claude-desktop',
      label: 'Claude Desktop',
      where: 'Put this into claude_desktop_config.json (Settings → Developer → Edit Config). It needs Node.js.',
      text: json({ mcpServers: { todo: mcpRemote(url, authorization) } }),
    },
    {
      id: 'cursor',
      label: 'Cursor',
      where: 'Put this into ~/.cursor/mcp.json.',
      text: json({ mcpServers: { todo: { url, headers: { Authorization: authorization } } } }),
    },
    {
      id: 'vs-code',
      label: 'VS Code',
      where: 'Put this into your own mcp.json (command “MCP: Open User Configuration”), which no project shares.',
      text: json({ servers: { todo: { type: 'http', url, headers: { Authorization: authorization } } } }),
    },
  ];
}

/** Its connectors send no token of the user's, so mcp-remote does. */
function mcpRemote(url: string, authorization: string) {
  // The space stands in the variable, since Claude Desktop on Windows splits arguments at spaces.
  const args = ['-y', 'mcp-remote', url, '--header', 'Authorization:${AUTHORIZATION}'];
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !['localhost', '127.0.0.1'].includes(hostname)) args.push('--allow-http');
  return { command: 'npx', args, env: { AUTHORIZATION: authorization } };
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
