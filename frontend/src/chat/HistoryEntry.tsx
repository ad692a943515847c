import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Conversation } from '../api/types';
import { Bin } from '../ui/icons';
import { When } from '../ui/When';

interface Props {
  conversation: Conversation;
  isCurrent: boolean;
  onOpen: () => void;
  onDelete: () => void;
}

export function HistoryEntry({ conversation, isCurrent, onOpen, onDelete }: Props) {
  const [isAsking, setIsAsking] = useState(false);
  const bin = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const title = conversation.title || 'Untitled';

  // On the answer that changes nothing, for those who press Enter twice.
  function ask() {
    flushSync(() => setIsAsking(true));
    keep.current?.focus();
  }

  function stay() {
    flushSync(() => setIsAsking(false));
    bin.current?.focus();
  }

  return (
    <li>
      <button type="button" className="open" aria-current={isCurrent ? 'true' : undefined} onClick={onOpen}>
        <span>{title}</span>
        <When at={conversation.updated_at} />
      </button>
      {isAsking ? (
        <div
          className="sure"
          role="group"
          aria-label={`Delete “${title}”?`}
          onKeyDown={(event) => {
            if (event.key === 'Escape') stay();
          }}
        >
          <p>It cannot be taken back. Your tasks stay as they are.</p>
          <button type="button" className="danger" onClick={onDelete}>
            Delete it
          </button>
          <button ref={keep} type="button" onClick={stay}>
            Keep it
          </button>
        </div>
      ) : (
        <button ref={bin} type="button" className="tool" aria-label={`Delete the conversation “${title}”`} onClick={ask}>
          <Bin />
        </button>
      )}
    </li>
  );
}
