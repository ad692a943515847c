/** A question of the assistant about changes that it has not made: nothing happens without a press of the first button. */
import type { Approval } from '../api/types';

interface Props {
  approval: Approval;
  onAnswer: (accept: boolean) => void;
}

export function ApprovalCard({ approval, onAnswer }: Props) {
  return (
    <section className="approval" aria-labelledby="approval-heading">
      <h3 id="approval-heading">Shall I do this?</h3>
      <p>Nothing of it is done yet.</p>
      <ul>
        {approval.calls.map(({ summary }, index) => (
          <li key={index}>{summary}</li>
        ))}
      </ul>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => onAnswer(true)}>
          Yes, do it
        </button>
        <button type="button" onClick={() => onAnswer(false)}>
          No
        </button>
      </div>
    </section>
  );
}
