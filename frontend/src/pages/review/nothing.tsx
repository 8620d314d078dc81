import { Link } from "react-router";
import type { Project } from "../../api/client";
import { plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import type { Of } from "./use-review";

type Props = {
  project: Project;
  of: Of;
  done: number;
  /** Images that were passed over without a verdict. */
  left: number;
  back: () => void;
  again: () => void;
};

/** Behind the last image. */
export function Nothing({ project, of, done, left, back, again }: Props) {
  const empty =
    of === "in_review" ? "No label waits for a verdict." : "No label that nobody has judged is left.";
  return (
    <div className="center">
      <div className="stack queue-empty">
        <Icon name="accept" size={32} />
        <h2>{left ? "This is the end" : "Nothing is left to review"}</h2>
        <p className="muted">
          {done > 0 && `You decided on ${plural(done, "image")} here. `}
          {left ? `You passed over ${plural(left, "image")} without a verdict.` : empty}
        </p>
        <div className="row">
          {left > 0 && (
            <button className="button primary" onClick={back}>
              Go back to {left === 1 ? "it" : "them"}
            </button>
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
