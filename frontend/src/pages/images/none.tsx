import { Link } from "react-router";
import type { Project } from "../../api/client";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { Empty, ErrorNote } from "../../parts/notes";
import { usePrelabel } from "../../parts/prelabel";

type Props = {
  project: Project;
  filtered: boolean;
  /** Why nothing can be compared, where images like another one were asked for. */
  reason?: string;
  /** The model has not looked at that one. */
  unseen?: boolean;
  clear: () => void;
  again: () => void;
};

/** What stands in the place of images where there are none, with the way on. */
export function NoImages({ project, filtered, reason, unseen, clear, again }: Props) {
  const { job, refused, asking, start } = usePrelabel(project.id);
  if (!filtered) {
    return (
      <Empty icon="images" title="No images yet" text="What is imported appears here.">
        {project.role === "manager" && (
          <Link className="button primary" to={`/projects/${project.id}/import`}>
            <Icon name="import" /> Import images
          </Link>
        )}
      </Empty>
    );
  }
  const title = reason ? "Nothing to compare by" : "No image fits";
  return (
    <>
      <Empty icon="images" title={title} text={reason || "None has all that the filters ask for."}>
        {unseen && project.role === "manager" && (
          <button className="button primary" disabled={asking} onClick={() => void start("all")}>
            Pre-label all images
          </button>
        )}
        <button className="button" onClick={clear}>
          Show all
        </button>
      </Empty>
      <ErrorNote error={refused} />
      {job && (
        <div className="panel">
          <JobLine key={job.id} job={job} what="Pre-labeling" ended={again} />
        </div>
      )}
    </>
  );
}
