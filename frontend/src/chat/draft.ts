/** An answer while it comes: the steps so far, and the words of a model that writes them piece by piece. */
import type { ServerEvent } from '../api/events';
import type { ToolCall } from '../api/types';

/** A step of the assistant: what it called, and what came of it. */
export interface Step extends Omit<ToolCall, 'ok'> {
  /** undefined while it is being taken */
  ok: boolean | undefined;
}

export interface Draft {
  conversation: number | undefined;
  /** The id of the message that is answered. */
  message: number | undefined;
  toolCalls: Step[];
  text: string;
}

export const EMPTY: Draft = { conversation: undefined, message: undefined, toolCalls: [], text: '' };

export function grown(draft: Draft, { kind, data }: ServerEvent): Draft {
  switch (kind) {
    case 'start':
      return { ...draft, conversation: Number(data['conversation_id']), message: Number(data['message_id']) };
    case 'model':
      // Another one answers instead.
      return { ...draft, text: '' };
    case 'delta':
      return { ...draft, text: draft.text + String(data['text']) };
    case 'tool_call': {
      const given = data['arguments'] as Record<string, unknown>;
      // The words before a step are no part of the answer.
      return { ...draft, text: '', toolCalls: [...draft.toolCalls, { name: String(data['name']), arguments: given, result: '', ok: undefined }] };
    }
    case 'tool_result':
      return {
        ...draft,
        toolCalls: draft.toolCalls.map((call, index) =>
          index + 1 === data['id'] ? { ...call, ok: data['ok'] === true, result: data['result'] } : call,
        ),
      };
    default:
      return draft;
  }
}
