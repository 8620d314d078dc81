import { type ReactNode, useState } from "react";
import type { Job } from "../../api/client";
import { JobLine } from "../../parts/job";
import { useEarlier } from "./use-earlier";

type Props = {
  project: number;
  field: string;
  but: Job | null;
  what: (job: Job) => string;
  ended: (job: Job) => ReactNode;
};

/** Lines of the imports that were begun before the page was opened, `but` the one that is shown already. */
export function Earlier({ project, field, but, what, ended }: Props) {
  const jobs = useEarlier(project, field).filter((job) => job.id !== but?.id);
  return jobs.map((job) => <Line key={job.id} job={job} what={what(job)} ended={ended} />);
}

function Line({ job, what, ended }: { job: Job; what: string; ended: Props["ended"] }) {
  const [over, setOver] = useState<Job | null>(null);
  return (
    <div className="stack video-job">
      <JobLine job={job} what={what} dated listed={over !== null} ended={setOver} />
      {over && ended(over)}
    </div>
  );
}
