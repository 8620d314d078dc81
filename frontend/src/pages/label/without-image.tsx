import type { Project } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import type { QueueState } from "../../store/queue-types";
import { EmptyQueue } from "./empty";

type Props = { project: Project; state: QueueState; again: () => void };

/** The stage while there is no image on it. */
export function WithoutImage({ project, state, again }: Props) {
  return (
    <div className="stage">
      {state.phase === "failed" && (
        <div className="center">
          <ErrorNote error={`No images could be fetched: ${state.problem}`} retry={again} />
        </div>
      )}
      {state.phase === "loading" && <p className="center muted late">Fetching images</p>}
      {state.phase === "empty" && <EmptyQueue project={project} done={state.settled} again={again} />}
    </div>
  );
}
