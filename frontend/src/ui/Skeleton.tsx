/** The shape of a list that is on its way. That it is, screen readers learn from `label`. */
export function Skeleton({ label, rows }: { label: string; rows: number }) {
  return (
    <div className="skeleton">
      <p role="status" className="unseen">
        {label}
      </p>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} />
      ))}
    </div>
  );
}
