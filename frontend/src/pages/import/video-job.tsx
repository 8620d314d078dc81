import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Job } from "../../api/client";
import { isFinished, jobQuery } from "../../api/queries";
import { grouped, plural } from "../../parts/format";
import { JobLine } from "../../parts/job";
import type { Taken } from "./taking";

/** The import of a video, and what it has brought by now. */
export function VideoJob({ project, job, ended }: { project: number; job: Job; ended: () => void }) {
  // What `JobLine` asks for, seen from here.
  const { data: row = job } = useQuery({ ...jobQuery(job.id), enabled: false });
  const taken = row.result as unknown as Taken | null;
  return (
    <div className="stack video-job">
      <JobLine job={job} what={`${String(row.params.name)}, seconds`} ended={ended} />
      {taken && (
        <div className="row between small">
          <span className="number">
            {plural(taken.created.length, "new image")}
            {taken.duplicates.length > 0 && `, ${grouped(taken.duplicates.length)} known already`}
            {taken.near_duplicates > 0 && `, ${plural(taken.near_duplicates, "near-duplicate")} left out`}
          </span>
          {isFinished(row.state) && taken.created.length > 0 && (
            <Link className="button small primary" to={`/projects/${project}/label`}>
              Label them
            </Link>
          )}
        </div>
      )}
    </div>
  );
}
