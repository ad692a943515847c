import { expect, test } from 'vitest';
import { readEvents } from '../../src/api/events';
import { EMPTY, grown } from '../../src/chat/draft';

const EVENTS = [
  { kind: 'start', data: { conversation_id: 3, message_id: 7, answered_by: 'a-model' } },
  { kind: 'delta', data: { text: 'Let me see' } },
  { kind: 'tool_call', data: { id: 1, name: 'list_tasks', arguments: {} } },
  { kind: 'tool_result', data: { id: 1, ok: true, result: { total: 0 } } },
  { kind: 'delta', data: { text: 'You have ' } },
  { kind: 'delta', data: { text: 'no täsks.' } },
];

test('an answer grows by its events', () => {
  const drafts = EVENTS.map((_, index) => EVENTS.slice(0, index + 1).reduce(grown, EMPTY));
  expect(drafts.map((draft) => draft.text)).toEqual(['', 'Let me see', '', '', 'You have ', 'You have no täsks.']);
  expect(drafts[2]?.toolCalls).toEqual([{ name: 'list_tasks', arguments: {}, result: '', ok: undefined }]);
  expect(drafts.at(-1)?.toolCalls).toEqual([{ name: 'list_tasks', arguments: {}, result: { total: 0 }, ok: true }]);
  expect(drafts.at(-1)).toMatchObject({ conversation: 3, message: 7 });
});

test('what a model wrote counts no more once another one answers', () => {
  const draft = [...EVENTS, { kind: 'model', data: { answered_by: 'rule-based' } }].reduce(grown, EMPTY);
  expect(draft.text).toBe('');
});

test('events are read whole, however the bytes of the stream are cut', async () => {
  const text = EVENTS.map(({ kind, data }) => `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let from = 0; from < bytes.length; from += size) controller.enqueue(bytes.slice(from, from + size));
        controller.close();
      },
    });
    const found = [];
    for await (const event of readEvents(body)) found.push(event);
    expect(found).toEqual(EVENTS);
  }
});
