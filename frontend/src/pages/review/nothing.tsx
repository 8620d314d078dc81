import type { Project } from "../../api/client";
import { plural } from "../../parts/format";
import { QueueEnd } from "../../parts/queue-end";
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
  const yours = done > 0 ? `You decided on ${plural(done, "image")} here. ` : "";
  return (
    <QueueEnd
      project={project.id}
      icon="accept"
      title={left ? "This is the end" : "Nothing is left to review"}
      text={yours + (left ? `You passed over ${plural(left, "image")} without a verdict.` : empty)}
      again={again}
    >
      {left > 0 && (
        <button className="button primary" onClick={back}>
          Go back to {left === 1 ? "it" : "them"}
        </button>
      )}
    </QueueEnd>
  );
}
