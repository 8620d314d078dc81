import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, type Job } from "../api/client";
import { isFinished, jobQuery } from "../api/queries";
import { grouped, when } from "./format";
import { Bar, State } from "./notes";

type Props = { job: Job; what: string; dated?: boolean; ended?: (job: Job) => void };

/** One job: its state, how far it is, what went wrong, and a way to end it. */
export function JobLine({ job, what, dated, ended }: Props) {
  const asked = useQuery({ ...jobQuery(job.id), enabled: !isFinished(job.state) });
  // Whoever shows this may have heard of the end first; then nothing is asked for any more.
  const data = isFinished(job.state) ? job : (asked.data ?? job);
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
      <JobErrors errors={data.errors} />
    </div>
  );
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
