import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, type Job, need } from "../../api/client";
import { isFinished, jobQuery } from "../../api/queries";
import { grouped, plural } from "../../parts/format";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { clock } from "./clock";
import type { Taken } from "./taking";

type Props = { project: number; begun: Job | null; ended: () => void };

/** The import of a video: the one just begun, or one that was running when the page was opened. */
export function VideoJob({ project, begun, ended }: Props) {
  const [again, setAgain] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useQuery({
    queryKey: ["jobs", project, "video"],
    queryFn: () =>
      need(
        api.GET("/api/projects/{id}/jobs/", { params: { path: { id: project }, query: { kind: "import" } } }),
      ),
    enabled: begun === null,
    select: ({ results }) =>
      results.find((row) => "split_gallery" in row.params && !row.params.preview && !isFinished(row.state)) ??
      null,
  });
  const job = again ?? begun ?? running.data ?? null;
  // What `JobLine` asks for, seen from here.
  const { data } = useQuery({ ...jobQuery(job?.id ?? 0), enabled: false });
  if (!job) return null;
  const row = data ?? job;
  const said = row.params as { name: string; start: number; file: number; preview: boolean };
  const taken = row.result as unknown as Taken | null;
  const goOn = async () => {
    const body = { ...row.params, video: said.file, preview: false, start: said.start + row.done } as never;
    try {
      setAgain(
        await need(api.POST("/api/projects/{id}/imports/", { params: { path: { id: project } }, body })),
      );
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <div className="stack video-job">
      <JobLine key={job.id} job={job} what={`${said.name}, seconds`} ended={ended} />
      {taken && (
        <div className="row between small">
          <span className="number">
            {plural(taken.created.length, "new image")}
            {taken.duplicates.length > 0 && `, ${grouped(taken.duplicates.length)} known already`}
            {taken.near_duplicates > 0 && `, ${plural(taken.near_duplicates, "near-duplicate")} left out`}
          </span>
          <span className="row tight">
            {row.state === "cancelled" && row.done < row.total && (
              <button type="button" className="button small" onClick={() => void goOn()}>
                Go on from {clock(said.start + row.done)}
              </button>
            )}
            {isFinished(row.state) && taken.created.length > 0 && (
              <Link className="button small primary" to={`/projects/${project}/label`}>
                Label them
              </Link>
            )}
          </span>
        </div>
      )}
      <ErrorNote error={error} />
    </div>
  );
}
