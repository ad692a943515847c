import { useState, type SubmitEvent } from 'react';
import { TOKEN_NAME_LIMIT } from '../api/limits';

const LIVES: { days: number | undefined; label: string }[] = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'a year' },
  { days: undefined, label: 'until it is revoked' },
];

interface Props {
  /** @param days undefined for until it is revoked. Resolves to whether it was made. */
  onMake: (name: string, days: number | undefined) => Promise<boolean>;
}

export function TokenForm({ onMake }: Props) {
  const [name, setName] = useState('');
  const [life, setLife] = useState('90 days');
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (name.trim() === '' || busy) return;
    setBusy(true);
    if (await onMake(name.trim(), LIVES.find((one) => one.label === life)?.days)) setName('');
    setBusy(false);
  }

  return (
    <form className="token-form" onSubmit={(event) => void submit(event)}>
      <div>
        <label htmlFor="token-name">Name of the new token</label>
        <input
          id="token-name"
          autoComplete="off"
          placeholder="Such as Claude on my laptop"
          maxLength={TOKEN_NAME_LIMIT}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div>
        <label htmlFor="token-life">Good for</label>
        <select id="token-life" value={life} onChange={(event) => setLife(event.target.value)}>
          {LIVES.map((one) => (
            <option key={one.label}>{one.label}</option>
          ))}
        </select>
      </div>
      <button type="submit" className="primary" aria-disabled={busy}>
        Make a token
      </button>
    </form>
  );
}
