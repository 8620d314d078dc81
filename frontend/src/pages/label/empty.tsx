import { Link } from "react-router";
import type { Project } from "../../api/client";
import { plural } from "../../parts/format";
import { Icon } from "../../parts/icon";

type Props = { project: Project; done: number; again: () => void };

export function EmptyQueue({ project, done, again }: Props) {
  const manager = project.role === "manager";
  const any = project.counts.total > 0;
  return (
    <div className="center">
      <div className="stack queue-empty">
        <Icon name={any ? "accept" : "images"} size={32} />
        <h2>{any ? "Nothing is left to label" : "There are no images yet"}</h2>
        <p className="muted">{any ? textOf(done) : "Images appear here as soon as some are imported."}</p>
        <div className="row">
          {manager && any && (
            <Link className="button primary" to={`/projects/${project.id}/models`}>
              Train a model
            </Link>
          )}
          {manager && !any && (
            <Link className="button primary" to={`/projects/${project.id}/import`}>
              Import images
            </Link>
          )}
          <button className="button" onClick={again}>
            Look again
          </button>
          <Link className="button quiet" to={`/projects/${project.id}`}>
            Back to the project
          </Link>
        </div>
      </div>
    </div>
  );
}

function textOf(done: number): string {
  const yours = done ? `You did ${plural(done, "image")} here. ` : "";
  return `${yours}Every image has its label, or somebody else holds it just now.`;
}
