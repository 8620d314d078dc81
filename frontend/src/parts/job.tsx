import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Job, need } from "../api/client";
import { isFinished, jobQuery, projectQuery } from "../api/queries";
import { grouped, when } from "./format";
import { Bar, ErrorNote, State } from "./notes";

type Props = { job: Job; what: string; dated?: boolean; listed?: boolean; ended?: (job: Job) => void };

/** One job: its state, how far it is, what went wrong, and a way to end it, or to go on with it. `listed`: what its result
 * says was rejected stands beside it. */
export function JobLine({ job, what, dated, listed, ended }: Props) {
  const { resumed, resume, refused } = useResume(job);
  const watched = resumed || !isFinished(job.state);
  const asked = useQuery({ ...jobQuery(job.id), enabled: watched });
  // Whoever shows this may have heard of the end first; then nothing is asked for any more.
  const data = watched ? (asked.data ?? job) : job;
  const over = isFinished(data.state);
  const told = useRef(isFinished(job.state));
  useEffect(() => {
    if (over && !told.current) ended?.(data);
    told.current = over;
  }, [over, data, ended]);
  const cancel = async () => {
    await api.POST("/api/jobs/{id}/cancel/", { params: { path: { id: job.id } } });
    void asked.refetch();
  };
  return (
    <div className="job">
      <div className="row between">
        <span>
          {what} <State state={data.state} />{" "}
          {dated && <span className="muted small">{when(job.created)}</span>}
        </span>
        <span className="row tight">
          <span className="muted number">
            {data.total > 0 && `${grouped(data.done)} of ${grouped(data.total)}`}
          </span>
          {data.resumable && <GoOn project={job.project} resume={resume} />}
          {!over && (
            <button
              type="button"
              className="button small"
              onClick={() => void cancel()}
              disabled={data.cancel_requested}
            >
              {data.cancel_requested ? "Cancelling" : "Cancel"}
            </button>
          )}
        </span>
      </div>
      {!over && <Bar value={data.done} total={data.total} label={what} />}
      <ErrorNote error={refused} />
      <JobErrors errors={listed ? unlisted(data) : data.errors} />
    </div>
  );
}

function useResume({ id }: Job) {
  const client = useQueryClient();
  const [resumed, setResumed] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const resume = async () => {
    try {
      const row = await need(api.POST("/api/jobs/{id}/resume/", { params: { path: { id } } }));
      client.setQueryData(jobQuery(id).queryKey, row);
      setResumed(true);
      setRefused(null);
    } catch (problem) {
      setRefused(problem);
    }
  };
  return { resumed, resume, refused };
}

/** Managers alone may. */
function GoOn({ project, resume }: { project: number; resume: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const { data } = useQuery(projectQuery(project));
  if (data?.role !== "manager") return null;
  const goOn = async () => {
    setBusy(true);
    await resume();
    setBusy(false);
  };
  return (
    <button type="button" className="button small" onClick={() => void goOn()} disabled={busy}>
      Go on
    </button>
  );
}

function unlisted({ errors, result }: Job): Job["errors"] {
  const { rejected = [] } = (result ?? {}) as { rejected?: { name: string; reason: string }[] };
  const rows = new Set(rejected.map(({ name, reason }) => `${name}\n${reason}`));
  return errors.filter(({ item, reason }) => !rows.has(`${item}\n${reason}`));
}

function JobErrors({ errors }: { errors: Job["errors"] }) {
  if (!errors.length) return null;
  return (
    <details>
      <summary className="small">
        {errors.length} {errors.length === 1 ? "error" : "errors"}
      </summary>
      <ul className="list small">
        {errors.slice(0, 50).map((row, n) => (
          <li key={n} className="break">
            <b>{row.item}</b> {row.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}
