import { type Keymap, keysOf } from "../../../tools/keys";
import { titled } from "../../keys/keycaps";
import { Slider } from "./options";
import type { MatteAction } from "./strip";

type Props = {
  width: number;
  setWidth: (width: number) => void;
  busy: boolean;
  keymap: Keymap;
  act: (action: MatteAction) => void;
};

/** From a rough trimap to a matte: what is unknown, and who finds it. */
export function TrimapPart({ width, setWidth, busy, keymap, act }: Props) {
  return (
    <section className="matte-part" aria-labelledby="trimap-title">
      <h2 id="trimap-title" className="muted small">
        Trimap
      </h2>
      <Slider
        name="Band"
        label="Width of the unknown band"
        value={width}
        least={1}
        most={64}
        step={1}
        words={`${width} px`}
        set={setWidth}
      />
      <div className="matte-buttons">
        <Do action="mattes_band" text="From matte" off={busy} keymap={keymap} act={act} />
        <Do action="mattes_widen" text="Widen it" off={busy} keymap={keymap} act={act} />
        <Do action="mattes_solve" text="Solve" off={busy} keymap={keymap} act={act} />
        <Do action="mattes_solve_seen" text="Solve in sight" off={busy} keymap={keymap} act={act} />
      </div>
    </section>
  );
}

type DoProps = {
  action: MatteAction;
  text: string;
  off: boolean;
  keymap: Keymap;
  act: (action: MatteAction) => void;
};

export function Do({ action, text, off, keymap, act }: DoProps) {
  return (
    <button
      className="button small"
      disabled={off}
      onClick={() => act(action)}
      title={titled(action, keymap)}
    >
      <span className="grow">{text}</span> <Short action={action} keymap={keymap} />
    </button>
  );
}

/** The key, in as little room as there is. */
export function Short({ action, keymap }: Pick<DoProps, "action" | "keymap">) {
  const chord = keymap[action][0];
  return chord ? <kbd className="desktop">{keysOf(chord).join("").replace("Shift", "⇧")}</kbd> : null;
}
