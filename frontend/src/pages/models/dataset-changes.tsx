import { useQuery } from "@tanstack/react-query";
import { api, need, type Project, type Schemas } from "../../api/client";
import { grouped } from "../../parts/format";
import { ErrorNote, Skeleton } from "../../parts/notes";
import { type Dataset, nameOf } from "./datasets";
import { Verdicts } from "./thumbs";

type Sort = "added" | "removed" | "relabeled" | "moved";
type Change = Schemas["ChangeRow"];

const SORTS: readonly (readonly [Sort, string])[] = [
  ["added", "Added"],
  ["removed", "Removed"],
  ["relabeled", "Relabeled"],
  ["moved", "On another side"],
];
const SHOWN = 12;

type Props = { project: Project; before: Dataset; after: Dataset };

/** What came, went and was labeled otherwise from one dataset version to a later one. */
export function Changes({ project, before, after }: Props) {
  const query = { before: before.id, after: after.id };
  const { data, error, refetch } = useQuery({
    queryKey: ["dataset-changes", before.id, after.id],
    queryFn: () =>
      need(api.GET("/api/projects/{id}/snapshots/compare/", { params: { path: { id: project.id }, query } })),
  });
  return (
    <section className="panel stack" aria-label="Changes">
      <h2>
        From {nameOf(before)} to {nameOf(after)}
      </h2>
      <ErrorNote error={error} retry={() => void refetch()} />
      {!data && !error && <Skeleton lines={2} tall />}
      {data && (
        <div className="figures">
          {SORTS.map(([sort, text]) => (
            <div key={sort} className="figure">
              <b className="number">{grouped(data.counts[sort] ?? 0)}</b>
              <span className="muted small">{text}</span>
            </div>
          ))}
        </div>
      )}
      {data &&
        SORTS.map(([sort, text]) => (
          <Group
            key={sort}
            title={text}
            rows={data[sort]}
            project={project.id}
            total={data.counts[sort] ?? 0}
          />
        ))}
    </section>
  );
}

type GroupProps = { title: string; rows: Change[]; project: number; total: number };

function Group({ title, rows, project, total }: GroupProps) {
  if (!rows.length) return null;
  return (
    <div className="stack">
      <h3>
        {title}
        {total > SHOWN && <span className="muted small"> the first {SHOWN}</span>}
      </h3>
      <div className="grid">
        {rows.slice(0, SHOWN).map((row) => (
          <Verdicts
            key={row.image}
            project={project}
            image={row.image}
            truth={row.name}
            lines={[[row.before, row.after].filter(Boolean).join(" → ")]}
          />
        ))}
      </div>
    </div>
  );
}
