/** Server-sent events over fetch: EventSource can neither post nor send a token. */

export interface ServerEvent {
  kind: string;
  data: Record<string, unknown>;
}

/** @throws what reading the body throws, and SyntaxError for data that is no JSON */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) yield parse(block);
    }
  } finally {
    // Who reads no further wants no more of it.
    await reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): ServerEvent {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  return { kind: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown> };
}
