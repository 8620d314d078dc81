import { type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Project } from "../../api/client";
import { Picture } from "../../canvas/picture";
import { plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { ErrorNote } from "../../parts/notes";
import { chordOf } from "../../tools/keys";
import { Place } from "../label/place";
import { Mark, standing } from "../label/saved";
import { SendBack } from "./send-back";
import { Side } from "./side";
import { type Item, type Of, useReview } from "./use-review";

/** The label that is to go back, whatever stands on the screen by then. */
type Asked = { item: Item; label: Item["annotations"][number] };
type Props = { project: Project; of: Of; setOf: (of: Of) => void };

/** Keys that a category's key does not reach. */
const TAKEN = ["a", "x", "j", "k", "f", "d", "o"];

/** The review screen: image, what people said of it, and the verdict; as the labeling screen has it. */
export function ReviewScreen({ project, of, setOf }: Props) {
  const { state, busy, pending, decide, undo, go, again } = useReview(project.id, of);
  const [focus, setFocus] = useState({ image: 0, at: 0 });
  const [asking, setAsking] = useState<Asked | null>(null);
  const [evidence, setEvidence] = useState(true);
  const item = state.items[state.index];
  const at = item && focus.image === item.image.id ? Math.min(focus.at, item.annotations.length - 1) : 0;
  const label = item?.annotations[at];
  const decided = item && state.decided.get(item.image.id);
  const open = item && label && decided === undefined;

  const move = (by: number) =>
    item &&
    setFocus({ image: item.image.id, at: (at + by + item.annotations.length) % item.annotations.length });
  const accept = () =>
    open && decide(item, label.uuid, { verdict: "accept" }, `Accepted: ${label.result.category}.`);
  const fix = (category: string) => {
    if (!open) return;
    if (category === label.result.category) return accept();
    decide(item, label.uuid, { verdict: "accept", result: { category } }, `Mended: ${category}.`);
  };
  const ask = () => open && setAsking({ item, label });
  const sendBack = (asked: Asked, comment: string) => {
    setAsking(null);
    decide(asked.item, asked.label.uuid, { verdict: "reject", comment }, "Sent back.");
  };
  const deeds: Record<string, () => unknown> = {
    a: accept,
    enter: accept,
    x: ask,
    j: () => move(1),
    k: () => move(-1),
    f: () => go(state.index + 1),
    d: () => go(state.index - 1),
    o: () => setEvidence((shown) => !shown),
    "ctrl+z": undo,
  };
  useKeys(!asking, (chord) => {
    const category = project.categories.find((one) => one.hotkey === chord);
    return deeds[chord] ?? (category && (() => fix(category.name)));
  });
  const [mark, color] = standing(pending, state.decided.size > 0);
  const total = Math.max(state.count, state.decided.size);
  return (
    <main className="lab reviewing" onMouseDown={leaveFocus}>
      <h1 className="visually-hidden">Review of {project.name}</h1>
      <header className="lab-top">
        <Place
          project={project}
          at={state.decided.size}
          done={state.decided.size}
          total={total}
          label="Decided here"
          name={item?.image.name}
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
          title="Take the last verdict back (Ctrl+Z)"
        >
          <Icon name="undo" /> <span>Undo</span>
        </button>
      </header>
      {item ? (
        <Picture image={item.image} evidence={evidence ? (item.prediction?.result ?? null) : null} />
      ) : (
        <div className="stage">
          {state.phase === "loading" && <p className="center muted late">Fetching images</p>}
          {state.phase === "failed" && (
            <div className="center">
              <ErrorNote error={state.problem} retry={again} />
            </div>
          )}
          {state.phase === "ready" && (
            <Nothing project={project} of={of} done={state.decided.size} again={again} />
          )}
        </div>
      )}
      <aside className="side" aria-label="Verdict">
        <Side
          project={project}
          item={item}
          at={at}
          choose={(index) => item && setFocus({ image: item.image.id, at: index })}
          decided={decided}
          problem={state.phase === "failed" ? null : state.problem}
          off={!open || busy}
          taken={TAKEN}
          accept={accept}
          fix={fix}
          sendBack={ask}
        />
      </aside>
      <p className="visually-hidden" aria-live="polite">
        {state.items[state.index - 1] && state.decided.get(state.items[state.index - 1]!.image.id)}{" "}
        {item ? `${item.image.name}.` : "Nothing waits."}
      </p>
      {asking && (
        <SendBack
          author={asking.label.author?.username}
          send={(comment) => sendBack(asking, comment)}
          close={() => setAsking(null)}
        />
      )}
    </main>
  );
}

type NothingProps = { project: Project; of: Of; done: number; again: () => void };

function Nothing({ project, of, done, again }: NothingProps) {
  const text =
    of === "in_review" ? "No label waits for a verdict." : "No label that nobody has judged is left.";
  return (
    <div className="center">
      <div className="stack queue-empty">
        <Icon name="accept" size={32} />
        <h2>Nothing is left to review</h2>
        <p className="muted">
          {done > 0 && `You decided on ${plural(done, "image")} here. `}
          {text}
        </p>
        <div className="row">
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

/** The keyboard of the whole page, but for fields and for Enter on what has the focus. */
function useKeys(on: boolean, find: (chord: string) => (() => unknown) | undefined): void {
  const latest = useRef({ on, find });
  useLayoutEffect(() => {
    latest.current = { on, find };
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!latest.current.on || event.repeat || (event.target as Element).matches("input, textarea, select"))
        return;
      const chord = chordOf(event);
      if (chord === "enter" && (event.target as Element).matches("a, button")) return;
      const deed = chord && latest.current.find(chord);
      if (!deed) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** A button that was clicked does not keep the focus: Enter goes on accepting, and does not press it again. */
function leaveFocus(event: MouseEvent) {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
}
