/** One step of the assistant: the tool, what it was given and whether it worked; the result on request. */
import { Cross, Tick } from '../ui/icons';
import type { Step } from './draft';

export function ToolCallView({ call }: { call: Step }) {
  return (
    <details className="call" data-ok={call.ok}>
      <summary>
        {call.ok === false ? <Cross /> : <Tick />}
        <code>
          <b>{call.name}</b>
          <span>{describe(call.arguments)}</span>
        </code>
        <span className="outcome">{call.ok === undefined ? 'running' : call.ok ? 'ok' : 'failed'}</span>
      </summary>
      <pre>{typeof call.result === 'string' ? call.result : JSON.stringify(call.result, null, 2)}</pre>
    </details>
  );
}

function describe(given: Record<string, unknown>): string {
  return Object.entries(given)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ');
}
