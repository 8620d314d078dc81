import { memo } from "react";
import type { Project } from "../../api/client";
import type { Classes } from "../../api/results";
import { sentence } from "../../canvas/evidence";
import { percent } from "../../parts/format";
import { colored, Dot } from "../../parts/notes";
import type { Entry } from "../../store/entry";
import { isTaken, type Keymap } from "../../tools/keys";
import { Keycaps } from "../keys/keycaps";

type Categories = Project["categories"];

type Props = {
  categories: Categories;
  entry: Entry | undefined;
  predicted: Classes | null;
  keymap: Keymap;
  choose: (name: string) => void;
};

/** The categories, each with its key and how sure the model is of it. */
export function Choices({ categories, entry, predicted, keymap, choose }: Props) {
  return (
    <div className="choosing">
      <div className="choices" role="group" aria-label="Label as">
        {categories.map((category) => (
          <Choice
            key={category.id}
            category={category}
            score={predicted?.scores[category.name]}
            said={predicted?.category === category.name}
            chosen={entry?.result?.category === category.name}
            off={!entry}
            keymap={keymap}
            choose={choose}
          />
        ))}
      </div>
      <div className="verdict">
        <Verdict entry={entry} predicted={predicted} keymap={keymap} />
      </div>
    </div>
  );
}

type ChoiceProps = {
  category: Categories[number];
  score: number | undefined;
  said: boolean;
  chosen: boolean;
  off: boolean;
  keymap: Keymap;
  choose: (name: string) => void;
};

const Choice = memo(function Choice({ category, score, said, chosen, off, keymap, choose }: ChoiceProps) {
  const key = category.hotkey && !isTaken(category.hotkey, "label", keymap) ? category.hotkey : "";
  return (
    <button
      className={`choice${chosen ? " chosen" : ""}${said ? " said" : ""}`}
      style={colored(category.color)}
      disabled={off}
      aria-pressed={chosen}
      onClick={() => choose(category.name)}
    >
      <Dot />
      <span className="choice-name">
        <span className="choice-text">{category.name}</span>
        {said && <span className="badge accent">model</span>}
      </span>
      <span className="share">{score === undefined ? "" : percent(score)}</span>
      <span className="desktop">{key ? <kbd>{key.toUpperCase()}</kbd> : null}</span>
      <i className="track" aria-hidden>
        {score !== undefined && <i style={{ width: `${score * 100}%` }} />}
      </i>
    </button>
  );
});

type VerdictProps = { entry: Entry | undefined; predicted: Classes | null; keymap: Keymap };

/** One line on the image: what stands in the way, what was done, or what the model says and why. */
function Verdict({ entry, predicted, keymap }: VerdictProps) {
  if (!entry) return null;
  if (entry.conflict) {
    return (
      <p className="note warn small">Two labels contradict each other: choose at the top which is right.</p>
    );
  }
  if (entry.error) {
    return (
      <p className="note bad small" role="alert">
        Not saved: {entry.error} Label it again, or skip it.
      </p>
    );
  }
  if (entry.skipped) return <p className="note small">Skipped. Undo brings it back.</p>;
  if (entry.result !== null) {
    return <p className="note small">Labeled {entry.result.category}. Another category corrects it.</p>;
  }
  if (!predicted) return <p className="muted small">No pre-label: no version has seen this image.</p>;
  if (!predicted.category) {
    return (
      <p className="note small">The model gives no category: {predicted.reason || "nothing to go by"}.</p>
    );
  }
  if (predicted.distracted) {
    return (
      <p className="note warn small">
        <b>Distracted</b>: {predicted.reason}.
      </p>
    );
  }
  return (
    <div className="stack close">
      <p className="muted small row tight desktop-row">
        <Keycaps chord={keymap.accept[0] ?? ""} /> accepts {predicted.category}
      </p>
      {predicted.reason && <p className="muted small break">{sentence(predicted.reason)}</p>}
    </div>
  );
}
