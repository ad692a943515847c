/** Why something could not be done or loaded, with a button that loads it again. */
import { messageOf } from '../api/http';

interface Props {
  error: unknown;
  onRetry: () => void;
  /** Whether there is nothing else to see, as where the first load failed. */
  isAll?: boolean;
  /** What is loaded. */
  what?: string;
}

export function Failure({ error, onRetry, isAll = false, what = 'the list' }: Props) {
  if (!error) return null;
  return (
    <p role="alert" className={isAll ? 'error all' : 'error'}>
      {messageOf(error)}{' '}
      <button type="button" className="link" onClick={onRetry}>
        Reload {what}
      </button>
    </p>
  );
}
