interface Props {
  error: string | undefined;
  onReload: () => void;
}

export function ListError({ error, onReload }: Props) {
  if (!error) return null;
  return (
    <p role="alert" className="error">
      {error}{' '}
      <button type="button" className="link" onClick={onReload}>
        Reload the list
      </button>
    </p>
  );
}
