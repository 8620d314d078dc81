import { Link } from "react-router";
import type { Project } from "../../api/client";
import { plural } from "../../parts/format";
import { QueueEnd } from "../../parts/queue-end";

type Props = { project: Project; done: number; again: () => void };

export function EmptyQueue({ project, done, again }: Props) {
  const any = project.counts.total > 0;
  const [page, text] = any ? ["models", "Train a model"] : ["import", "Import images"];
  return (
    <QueueEnd
      project={project.id}
      icon={any ? "accept" : "images"}
      title={any ? "Nothing is left to label" : "There are no images yet"}
      text={any ? textOf(done) : "Images appear here as soon as some are imported."}
      again={again}
    >
      {project.role === "manager" && (
        <Link className="button primary" to={`/projects/${project.id}/${page}`}>
          {text}
        </Link>
      )}
    </QueueEnd>
  );
}

function textOf(done: number): string {
  const yours = done ? `You did ${plural(done, "image")} here. ` : "";
  return `${yours}Every image has its label, or somebody else holds it just now.`;
}
