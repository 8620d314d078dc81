import { useQuery } from "@tanstack/react-query";
import { api, type Job, need } from "../../api/client";
import { isFinished } from "../../api/queries";
import { plural, size, when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { Empty, ErrorNote, Skeleton } from "../../parts/notes";
import { FORMATS } from "./formats";

export type Result = {
  url: string;
  bytes: number;
  images: number;
  notes?: readonly string[];
  forgotten?: boolean;
};

/** The exports of a project, the newest first. */
export function Made({ project }: { project: number }) {
  const exports = useQuery({
    queryKey: ["exports", project],
    queryFn: () =>
      need(
        api.GET("/api/projects/{id}/jobs/", { params: { path: { id: project }, query: { kind: "export" } } }),
      ),
  });
  const rows = exports.data?.results ?? [];
  return (
    <section className="panel stack" aria-labelledby="made">
      <h2 id="made">Exports</h2>
      <ErrorNote error={exports.error} retry={() => void exports.refetch()} />
      {exports.isPending && <Skeleton />}
      {exports.data && rows.length === 0 && (
        <Empty icon="export" title="Nothing was exported yet" text="A file is kept for a week." />
      )}
      {rows.length > 0 && (
        <ul className="list">
          {rows.map((job) => (
            <li key={job.id}>
              <Row job={job} ended={() => void exports.refetch()} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ job, ended }: { job: Job; ended: () => void }) {
  const title = FORMATS[job.params.format as keyof typeof FORMATS]?.text ?? "Export";
  const result = job.result as Result | null;
  if (!isFinished(job.state) || !result) return <JobLine job={job} what={title} dated ended={ended} />;
  return (
    <div className="stack close">
      <div className="row between">
        <span className="stack close">
          <span>
            {title}
            {Boolean(job.params.images) && " with pictures"}
            {Boolean(job.params.snapshot) &&
              ` of the dataset version ${String(job.params.snapshot).slice(0, 12)}`}
          </span>
          <span className="muted small number">
            {plural(result.images, "image")}, {size(result.bytes)}, {when(job.created)}
            {job.created_by && `, by ${String(job.created_by)}`}
          </span>
        </span>
        {result.forgotten ? (
          <span className="muted small">kept no longer</span>
        ) : (
          <a className="button small" href={result.url} download aria-label={`Download ${title}`}>
            <Icon name="import" /> Download
          </a>
        )}
      </div>
      <Notes notes={result.notes} />
      {job.errors.length > 0 && (
        <details>
          <summary className="small">
            {plural(job.errors.length, "image")} could not be exported whole
          </summary>
          <ul className="list small">
            {job.errors.slice(0, 50).map((row, n) => (
              <li key={n} className="break">
                <b>{row.item}</b> {row.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** What of the selection is not in the file. */
export function Notes({ notes = [] }: { notes?: readonly string[] }) {
  return notes.map((note) => (
    <p key={note} className="note small">
      {note}
    </p>
  ));
}
