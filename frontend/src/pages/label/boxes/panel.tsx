import type { Project } from "../../../api/client";
import { grouped, plural } from "../../../parts/format";
import { colored, Dot } from "../../../parts/notes";
import type { BoxDocument, BoxesState } from "../../../store/boxes";
import type { Entry } from "../../../store/entry";
import { inShort } from "../../../store/labels";
import type { Region } from "../../../store/regions";
import { isTaken, type Keymap } from "../../../tools/keys";
import { Key } from "../../keys/keycaps";
import { Regions } from "./regions";
import type { Deeds } from "./use-deeds";

type Props = {
  project: Project;
  entry: Entry | undefined;
  document: BoxDocument | null;
  boxes: BoxesState;
  colors: ReadonlyMap<string, string>;
  category: string;
  keymap: Keymap;
  deeds: Deeds;
  setConfidence: (confidence: number) => void;
  choose: (region: Region) => void;
};

/** Beside the image: the categories, how sure a pre-label has to be, every box, and what submits. */
export function Panel(props: Props) {
  const { entry, document, boxes, colors, keymap, deeds } = props;
  const kept = boxes.regions.filter(({ decision }) => decision === "kept").length;
  const left = deeds.left.length;
  return (
    <>
      <Categories {...props} />
      <Confidence boxes={boxes} left={left} set={props.setConfidence} />
      <section className="boxes-list" aria-labelledby="boxes-title">
        <h2 id="boxes-title" className="muted small row between">
          <span>Boxes</span>
          <span className="number">
            {plural(kept, "box", "boxes")}
            {left > 0 && `, ${plural(left, "pre-label")}`}
          </span>
        </h2>
        {document && boxes.regions.length > 0 ? (
          <Regions
            key={document.image.id}
            document={document}
            boxes={boxes}
            colors={colors}
            choose={props.choose}
          />
        ) : (
          <p className="muted small">{entry ? "None yet: drag around a thing on the image." : ""}</p>
        )}
      </section>
      <div className="boxes-submit">
        <Verdict entry={entry} />
        {left > 0 && (
          <button className="button primary" onClick={() => deeds.submit(true)}>
            Accept {grouped(left)}, submit <Key action="boxes_accept_all" keymap={keymap} />
          </button>
        )}
        <button
          className={`button${left ? "" : " primary"}`}
          disabled={!document}
          onClick={() => deeds.submit(false)}
        >
          Submit {kept ? plural(kept, "box", "boxes") : "no box"}{" "}
          <Key action="boxes_submit" keymap={keymap} />
        </button>
      </div>
    </>
  );
}

function Categories({ project, boxes, category, keymap, deeds }: Props) {
  const counts = new Map<string, number>();
  for (const region of boxes.regions) {
    if (region.decision === "kept") counts.set(region.category, (counts.get(region.category) ?? 0) + 1);
  }
  return (
    <div className="box-categories" role="group" aria-label="Category of what is drawn">
      {project.categories.map(({ id, name, color, hotkey }) => (
        <button
          key={id}
          className={`box-category${name === category ? " chosen" : ""}`}
          style={colored(color)}
          aria-pressed={name === category}
          onClick={() => deeds.choose(name)}
        >
          <Dot />
          <span className="clip grow">{name}</span>
          <span className="share">{counts.get(name) ?? ""}</span>
          {hotkey && !isTaken(hotkey, "boxes", keymap) && (
            <kbd className="desktop">{hotkey.toUpperCase()}</kbd>
          )}
        </button>
      ))}
    </div>
  );
}

type ConfidenceProps = { boxes: BoxesState; left: number; set: (confidence: number) => void };

/** There only where there are pre-labels: those that are less sure are out of sight, and do not count. */
function Confidence({ boxes, left, set }: ConfidenceProps) {
  const all = boxes.regions.filter(({ decision }) => decision === "undecided").length;
  if (!boxes.regions.some(({ said }) => said)) return null;
  const words = `${Math.round(boxes.confidence * 100)} %`;
  return (
    <label className="field confidence">
      <span className="row between">
        <span>
          Pre-labels from <b className="number">{words}</b>
        </span>
        <span className="muted small number">
          {grouped(left)} of {grouped(all)}
        </span>
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={boxes.confidence}
        aria-label="Confidence that pre-labels have to reach"
        aria-valuetext={`${words}, ${plural(left, "pre-label")} in sight`}
        onChange={(event) => set(Number(event.target.value))}
      />
    </label>
  );
}

/** What was done to the image, or stands in the way. */
function Verdict({ entry }: { entry: Entry | undefined }) {
  if (!entry) return null;
  if (entry.conflict) {
    return (
      <p className="note warn small">Two labels contradict each other: choose at the top which is right.</p>
    );
  }
  if (entry.error) {
    return (
      <p className="note bad small" role="alert">
        Not saved: {entry.error} Mend the boxes and submit again, or skip it.
      </p>
    );
  }
  if (entry.skipped) return <p className="note small">Skipped. Undo brings it back.</p>;
  if (entry.result)
    return <p className="note small">Labeled: {inShort(entry.result)}. A change corrects it.</p>;
  return null;
}
