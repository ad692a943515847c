import type { ChatMessage } from './said';
import { ToolCallView } from './ToolCallView';

export function Message({ message }: { message: ChatMessage }) {
  return (
    <article className="message" data-role={message.role}>
      <h3 className="unseen">{message.role === 'user' ? 'You' : 'Assistant'}</h3>
      {message.toolCalls.length > 0 && (
        <ul className="calls" aria-label="Steps taken">
          {message.toolCalls.map((call, index) => (
            <li key={index}>
              <ToolCallView call={call} />
            </li>
          ))}
        </ul>
      )}
      {message.content && <p>{message.content}</p>}
      {message.isUnsent && (
        <p className="badge" data-model={false}>
          not sent
        </p>
      )}
      {message.answeredBy && (
        <p className="badge" data-model={message.answeredBy !== 'rule-based'}>
          answered by <strong>{message.answeredBy}</strong>
        </p>
      )}
    </article>
  );
}
