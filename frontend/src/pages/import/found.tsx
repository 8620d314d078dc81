import { Link } from "react-router";
import type { Job } from "../../api/client";
import { grouped, plural } from "../../parts/format";

type Known = { name: string; id: number; distance?: number };
type Result = {
  created: number[];
  duplicates: Known[];
  near_duplicates?: Known[];
  rejected: { name: string; reason: string }[];
};
type Row = { name: string; badge: string; tone?: string; reason: string; image?: number };
const SHOWN = 500;

/** What an import's job has brought, and what became of everything else. */
export function Found({ job, project }: { job: Job; project: number }) {
  const failure = job.state === "failed" && job.errors.at(-1)?.reason;
  const result = job.result as unknown as Partial<Result> | null;
  return (
    <div className="stack">
      {failure && <p className="note bad break">{failure}</p>}
      {result?.created && <Rows result={result as Result} project={project} />}
    </div>
  );
}

function Rows({ result, project }: { result: Result; project: number }) {
  const { created, duplicates, near_duplicates: near = [], rejected } = result;
  const rows: Row[] = [
    ...rejected.map((row) => ({ ...row, badge: "rejected", tone: "bad" })),
    ...near.map((row) => ({
      ...row,
      badge: "near-duplicate",
      tone: "warn",
      reason: "looks nearly the same as this image",
      image: row.id,
    })),
    ...duplicates.map((row) => ({ ...row, badge: "known already", reason: "this image", image: row.id })),
  ];
  const counts = [
    `${grouped(created.length)} new`,
    `${grouped(duplicates.length)} known already`,
    ...(near.length ? [`${plural(near.length, "near-duplicate")} kept out`] : []),
    `${grouped(rejected.length)} rejected`,
  ];
  return (
    <>
      <div className="row between">
        <b className="number small" role="status">
          {counts.join(", ")}
        </b>
        {created.length > 0 && (
          <Link className="button small primary" to={`/projects/${project}/label`}>
            Label them
          </Link>
        )}
      </div>
      {rows.length > 0 && (
        <div className="results" tabIndex={0} role="region" aria-label="What was not brought">
          <table className="wraps">
            <tbody>
              {rows.slice(0, SHOWN).map((row, n) => (
                <tr key={n}>
                  <td className="break small">{row.name}</td>
                  <td>
                    <span className={`badge ${row.tone ?? ""}`}>{row.badge}</span>
                  </td>
                  <td className="muted small">
                    {row.image ? (
                      <Link to={`/projects/${project}/images/${row.image}`}>{row.reason}</Link>
                    ) : (
                      row.reason
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > SHOWN && <p className="muted small">and {grouped(rows.length - SHOWN)} more</p>}
    </>
  );
}
