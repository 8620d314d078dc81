import type { RefObject } from "react";
import { type Levels, MOST_WIDTH, PLAIN_LEVELS } from "../../../shapes/operations";
import { type Keymap, TEXTS } from "../../../tools/keys";
import { Slider } from "./options";
import type { MatteAction } from "./strip";
import { Do } from "./trimap";

type Props = {
  width: number;
  setWidth: (width: number) => void;
  levels: Levels | null;
  setLevels: (levels: Levels | null) => void;
  applyLevels: () => void;
  first: RefObject<HTMLDivElement | null>;
  busy: boolean;
  keymap: Keymap;
  act: (action: MatteAction) => void;
};

const ACTIONS = [
  "mattes_feather",
  "mattes_grow",
  "mattes_shrink",
  "mattes_smooth",
  "mattes_invert",
  "mattes_fill",
] as const;

/** What is done to the matte as a whole; levels are seen while they are tried out. */
export function Operations(props: Props) {
  const { width, setWidth, levels, setLevels, applyLevels, first, busy, keymap, act } = props;
  const now = levels ?? PLAIN_LEVELS;
  const set = (part: Partial<Levels>) => setLevels({ ...now, ...part });
  return (
    <section className="matte-part" aria-labelledby="operations-title">
      <h2 id="operations-title" className="muted small">
        The whole matte
      </h2>
      <Slider
        name="By"
        label="How far operations reach"
        value={width}
        least={1}
        most={MOST_WIDTH}
        step={1}
        words={`${width} px`}
        set={setWidth}
      />
      <div className="matte-buttons">
        {ACTIONS.map((action) => (
          <Do key={action} action={action} text={TEXTS[action]} off={busy} keymap={keymap} act={act} />
        ))}
      </div>
      <div
        className="matte-levels"
        ref={first}
        role="group"
        aria-label="Levels"
        onKeyDown={({ key }) => key === "Escape" && setLevels(null)}
      >
        <Slider
          name="Black"
          value={now.black}
          most={254}
          step={1}
          words={String(now.black)}
          set={(black) => set({ black, white: Math.max(black + 1, now.white) })}
        />
        <Slider
          name="White"
          value={now.white}
          least={1}
          most={255}
          step={1}
          words={String(now.white)}
          set={(white) => set({ white, black: Math.min(white - 1, now.black) })}
        />
        <Slider
          name="Middle"
          value={Math.log2(now.gamma)}
          least={-2}
          most={2}
          step={0.05}
          words={now.gamma.toFixed(2)}
          set={(log) => set({ gamma: 2 ** log })}
        />
        <div className="row tight end">
          <button className="button small quiet" disabled={!levels} onClick={() => setLevels(null)}>
            As it was
          </button>
          <button className="button small" disabled={!levels || busy} onClick={applyLevels}>
            Apply levels
          </button>
        </div>
      </div>
    </section>
  );
}
