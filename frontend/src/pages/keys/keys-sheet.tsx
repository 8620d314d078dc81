import { type KeyboardEvent, useState } from "react";
import type { Project } from "../../api/client";
import { Dot } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import {
  type Action,
  actionsOf,
  chordOf,
  DEFAULTS,
  isTaken,
  keysOf,
  type Keymap,
  type Screen,
  SCREENS,
  TEXTS,
} from "../../tools/keys";
import { FIXED, refusal, withKey } from "../../tools/keymap";
import { Keycaps } from "./keycaps";

const TITLES: Record<Screen, string> = {
  label: "Labeling",
  boxes: "Labeling",
  mattes: "Labeling",
  review: "Review",
  suspects: "Label errors",
  images: "Images",
};
const OF_KIND = { classification: "label", detection: "boxes", matting: "mattes" } as const;
const LABELING: readonly Screen[] = Object.values(OF_KIND);
/** Of which a labeler sees nothing. */
const REVIEWERS: readonly Screen[] = ["review", "suspects"];

type Props = {
  close: () => void;
  /** The one that the sheet lies over: its keys come first. */
  screen: Screen;
  project: Project;
  keymap: Keymap;
  setKeymap: (keymap: Keymap) => void;
  timer: boolean;
  setTimer: (shown: boolean) => void;
};

/** Every action with its key, screen by screen; each can be given another. */
export function KeysSheet({ close, screen, project, keymap, setKeymap, timer, setTimer }: Props) {
  const [changing, setChanging] = useState<Action | null>(null);
  const [problem, setProblem] = useState("");
  const labeler = project.role === "labeler";
  const manager = project.role === "manager";
  // Of the labeling screens a project has one.
  const others = SCREENS.filter(
    (one) =>
      one !== screen &&
      (one === OF_KIND[project.kind] || !LABELING.includes(one)) &&
      !(labeler && REVIEWERS.includes(one)),
  );
  const set = (next: Keymap) => {
    setKeymap(next);
    setChanging(null);
    setProblem("");
  };
  const press = (event: KeyboardEvent) => {
    if (!changing || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return setChanging(null);
    const chord = chordOf(event);
    if (!chord) return;
    const refused = refusal(keymap, changing, chord, [screen, ...others]);
    if (refused) setProblem(refused);
    else set(withKey(keymap, changing, chord));
  };
  const change = (action: Action) => {
    setChanging(action);
    setProblem("");
  };
  return (
    <Sheet title="Keys" close={close}>
      <div className="keys" onKeyDownCapture={press}>
        {screen !== "suspects" && screen !== "mattes" && !(screen === "images" && labeler) && (
          <Categories project={project} screen={screen} keymap={keymap} />
        )}
        {[screen, ...others].map((one) => (
          <section key={one} aria-label={TITLES[one]}>
            <h3 className="muted small">{TITLES[one]}</h3>
            {(FIXED[one] ?? [])
              .filter(({ chooses }) => !chooses || !labeler)
              .map(({ text, chords }) => (
                <div key={text} className="key-row">
                  <span>{text}</span>
                  <span className="row tight still">
                    {chords.map((chord) => (
                      <Keycaps key={chord} chord={chord} />
                    ))}
                  </span>
                </div>
              ))}
            {(actionsOf(one) as Action[])
              .filter((action) => action !== "images_delete" || manager)
              .map((action) => (
                <Row
                  key={action}
                  action={action}
                  keymap={keymap}
                  here={changing === action}
                  change={change}
                />
              ))}
          </section>
        ))}
      </div>
      {LABELING.includes(screen) && (
        <label className="check">
          <input type="checkbox" checked={timer} onChange={(event) => setTimer(event.target.checked)} />
          <span>
            time on the image, and my pace
            <span className="hint">Shown to you alone; like your keys, kept for every machine.</span>
          </span>
        </label>
      )}
      <div className="row between key-foot">
        <span className="small muted" role="status">
          {problem || "Click a key to choose another."}
        </span>
        <button className="button small" onClick={() => set(DEFAULTS)}>
          Reset
        </button>
      </div>
    </Sheet>
  );
}

function Categories({ project, screen, keymap }: Pick<Props, "project" | "screen" | "keymap">) {
  return (
    <section aria-label="Categories">
      {project.categories.map(({ id, color, name, hotkey }) => (
        <div key={id} className="key-row">
          <span className="row tight">
            <Dot color={color} /> {name}
          </span>
          {hotkey && !isTaken(hotkey, screen, keymap) && <Keycaps chord={hotkey} />}
        </div>
      ))}
    </section>
  );
}

type RowProps = { action: Action; keymap: Keymap; here: boolean; change: (action: Action) => void };

function Row({ action, keymap, here, change }: RowProps) {
  const chord = keymap[action][0] ?? "";
  return (
    <div className="key-row">
      <span>{TEXTS[action]}</span>
      <button
        className="key-button"
        onClick={() => change(action)}
        aria-label={`${keysOf(chord).join(" ")}: another key for ${TEXTS[action]}`}
      >
        {here ? <em>Press a key</em> : <Keycaps chord={chord} />}
      </button>
    </div>
  );
}
