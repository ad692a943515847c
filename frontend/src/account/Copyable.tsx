/** A text to take along, with a button that copies it. */
import { useRef, useState, type ReactNode } from 'react';

interface Props {
  text: string;
  /** Of the button, to a screen reader: "Copy" alone says too little. */
  label: string;
  /** Further buttons. */
  children?: ReactNode;
}

export function Copyable({ text, label, children }: Props) {
  const [outcome, setOutcome] = useState<{ of: string; note: string }>();
  const code = useRef<HTMLElement>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome({ of: text, note: 'Copied' });
    } catch {
      // Without HTTPS, or a permission, a page has no clipboard; a person still has.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setOutcome({ of: text, note: 'This browser does not let the page copy. The text is selected: copy it with the keyboard.' });
    }
  }

  return (
    <div className="copyable">
      {/* It scrolls, so the keyboard has to get there. */}
      <pre tabIndex={0} aria-label={label}>
        <code ref={code}>{text}</code>
      </pre>
      <div className="copy">
        <button type="button" aria-label={`Copy ${label}`} onClick={() => void copy()}>
          Copy
        </button>
        {children}
        <span role="status">{outcome?.of === text && outcome.note}</span>
      </div>
    </div>
  );
}
