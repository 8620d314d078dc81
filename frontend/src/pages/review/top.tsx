import type { Project } from "../../api/client";
import { Icon } from "../../parts/icon";
import type { Keymap } from "../../tools/keys";
import { titled } from "../keys/keycaps";
import { Place } from "../label/place";
import { Mark, standing } from "../label/saved";
import type { Of, Review } from "./use-review";

type Props = {
  project: Project;
  review: Review;
  of: Of;
  setOf: (of: Of) => void;
  keymap: Keymap;
};

export function TopBar({ project, review, of, setOf, keymap }: Props) {
  const { state, busy, pending, undo } = review;
  const done = state.decided.size;
  const [mark, color] = standing(pending, done > 0);
  return (
    <header className="lab-top">
      <Place
        project={project}
        at={done}
        done={done}
        total={Math.max(state.count, done)}
        label="Decided here"
        name={state.items[state.index]?.image.name}
      />
      <Mark text={mark} color={color} />
      <div className="segments" role="group" aria-label="What to review">
        <button aria-pressed={of === "in_review"} onClick={() => setOf("in_review")}>
          Waiting
        </button>
        <button aria-pressed={of === "labeled"} onClick={() => setOf("labeled")}>
          Sample
        </button>
      </div>
      <button
        className="button small"
        onClick={undo}
        disabled={!state.steps.length || busy}
        title={titled("review_undo", keymap)}
      >
        <Icon name="undo" /> <span>Undo</span>
      </button>
    </header>
  );
}
