import { type KeyboardEvent, useState } from "react";
import type { Project } from "../../api/client";
import { Dot } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import {
  type Action,
  ACTIONS,
  chordOf,
  DEFAULTS,
  isTaken,
  keysOf,
  type Keymap,
  TEXTS,
} from "../../tools/keys";
import { refusal, withKey } from "../../tools/keymap";
import { Keycaps } from "./keycaps";

type Props = {
  close: () => void;
  categories: Project["categories"];
  keymap: Keymap;
  change: (keymap: Keymap) => void;
  timer: boolean;
  setTimer: (shown: boolean) => void;
};

/** Every action with its key; each can be given another. */
export function KeysSheet({ close, categories, keymap, change, timer, setTimer }: Props) {
  const [changing, setChanging] = useState<Action | null>(null);
  const [problem, setProblem] = useState("");
  const set = (next: Keymap) => {
    change(next);
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
    const refused = refusal(keymap, changing, chord);
    if (refused) setProblem(refused);
    else set(withKey(keymap, changing, chord));
  };
  return (
    <Sheet title="Keys" close={close}>
      <div className="keys" onKeyDownCapture={press}>
        {categories.map((category) => (
          <div key={category.id} className="key-row">
            <span className="row tight">
              <Dot color={category.color} /> {category.name}
            </span>
            {category.hotkey && !isTaken(category.hotkey, keymap) && <Keycaps chord={category.hotkey} />}
          </div>
        ))}
        <hr />
        {ACTIONS.map((action) => (
          <div key={action} className="key-row">
            <span>{TEXTS[action]}</span>
            <button
              className="key-button"
              onClick={() => {
                setChanging(action);
                setProblem("");
              }}
              aria-label={`${keysOf(keymap[action][0] ?? "").join(" ")}: another key for ${TEXTS[action]}`}
            >
              {changing === action ? <em>Press a key</em> : <Keycaps chord={keymap[action][0] ?? ""} />}
            </button>
          </div>
        ))}
      </div>
      <label className="check">
        <input type="checkbox" checked={timer} onChange={(event) => setTimer(event.target.checked)} />
        <span>
          time on the image, and my pace
          <span className="hint">Shown to you alone; like your keys, kept for every machine.</span>
        </span>
      </label>
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
