import { Link } from "react-router";
import { grouped } from "../../parts/format";

type Row = { reason: string; name?: string; item?: string; id?: number };

/** What an import of an archive came to: its job's result. */
export type Tally = {
  rejected: Row[];
  conflicts: Row[];
  categories: string[];
  notes: string[];
  counts: Partial<Record<string, number>>;
};

const SAID: readonly [string, string][] = [
  ["created", "new images"],
  ["duplicates", "known already"],
  ["labeled", "labels"],
  ["replaced", "labels replaced"],
  ["unchanged", "labels unchanged"],
  ["skipped", "skips"],
  ["described", "with new attributes"],
  ["conflicts", "conflicts"],
  ["rejected", "rejected"],
];
const TONES: Record<string, string> = {
  created: "good",
  labeled: "good",
  conflicts: "warn",
  rejected: "bad",
};

export function Brought({ tally, project }: { tally: Tally; project: number }) {
  const { counts } = tally;
  return (
    <div className="stack">
      <div className="row tight" role="status">
        {SAID.filter(([name]) => counts[name]).map(([name, text]) => (
          <span key={name} className={`badge number ${TONES[name] ?? ""}`}>
            {grouped(counts[name] ?? 0)} {text}
          </span>
        ))}
        {!SAID.some(([name]) => counts[name]) && <span className="muted">Nothing has changed.</span>}
      </div>
      {Boolean(counts.created || counts.labeled) && (
        <div className="row tight">
          <Link className="button small" to={`/projects/${project}/images`}>
            All images
          </Link>
          {(counts.created ?? 0) > (counts.labeled ?? 0) && (
            <Link className="button small primary" to={`/projects/${project}/label`}>
              Label the others
            </Link>
          )}
        </div>
      )}
      {tally.categories.length > 0 && <p>New categories: {tally.categories.join(", ")}.</p>}
      {tally.notes.map((note) => (
        <p key={note} className="muted">
          {note}
        </p>
      ))}
      <Rows title="Conflicts" rows={tally.conflicts} total={counts.conflicts ?? 0} project={project} />
      <Rows title="Rejected" rows={tally.rejected} total={counts.rejected ?? 0} project={project} />
    </div>
  );
}

type RowsProps = { title: string; rows: Row[]; total: number; project: number };
const SHOWN = 200;

function Rows({ title, rows, total, project }: RowsProps) {
  if (!rows.length) return null;
  return (
    <details open={rows.length <= 20}>
      <summary>
        {title} <span className="muted number">{grouped(total)}</span>
      </summary>
      <div className="results" tabIndex={0} role="region" aria-label={title}>
        <table className="wraps">
          <tbody>
            {rows.slice(0, SHOWN).map((row, n) => (
              <tr key={n}>
                <td className="break">
                  {row.id ? (
                    <Link to={`/projects/${project}/images/${row.id}`}>{row.item ?? row.name}</Link>
                  ) : (
                    (row.name ?? row.item)
                  )}
                </td>
                <td className="muted small">{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > SHOWN && <p className="muted small">and {grouped(total - SHOWN)} more</p>}
    </details>
  );
}
