import { type BrushSettings, isOfTrimap, LARGEST, type MatteToolName } from "../../../tools/matte-tool";

type Props = { tool: MatteToolName; brush: BrushSettings; change: (part: Partial<BrushSettings>) => void };

const PENS = [
  ["size", "size"],
  ["opacity", "opacity"],
  ["nothing", "nothing"],
] as const;

/** How the tool paints. What a tool does not have is dimmed, and nothing moves. */
export function Options({ tool, brush, change }: Props) {
  const paints = tool !== "segment" && tool !== "pan";
  const soft = paints && !isOfTrimap(tool);
  const sized = paints && tool !== "lasso";
  return (
    <section className="matte-part" aria-labelledby="options-title">
      <h2 id="options-title" className="muted small">
        Brush
      </h2>
      <Slider
        name="Size"
        label="Size of the brush"
        value={Math.sqrt(brush.size)}
        most={Math.sqrt(LARGEST)}
        least={1}
        step={0.1}
        words={`${brush.size} px`}
        off={!sized}
        set={(root) => change({ size: Math.max(1, Math.round(root * root)) })}
      />
      <Slider
        name="Hardness"
        label="Hardness of the brush"
        value={brush.hardness}
        words={percent(brush.hardness)}
        off={!soft || tool === "lasso"}
        set={(hardness) => change({ hardness })}
      />
      <Slider
        name="Opacity"
        label="Opacity of the brush"
        value={brush.opacity}
        least={0.01}
        words={percent(brush.opacity)}
        off={!soft}
        set={(opacity) => change({ opacity })}
      />
      <div className="row between matte-line">
        <span id="pen-title">Pen pressure</span>
        <span className="segments" role="group" aria-labelledby="pen-title">
          {PENS.map(([pen, text]) => (
            <button key={pen} aria-pressed={brush.pen === pen} onClick={() => change({ pen })}>
              {text}
            </button>
          ))}
        </span>
      </div>
    </section>
  );
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

type SliderProps = {
  name: string;
  /** What it is called where its name alone would say too little. */
  label?: string;
  value: number;
  least?: number;
  most?: number;
  step?: number;
  words: string;
  off?: boolean;
  set: (value: number) => void;
};

/** A name, a slider and what it says, in one line. */
export function Slider({
  name,
  label = name,
  value,
  least = 0,
  most = 1,
  step = 0.01,
  words,
  off,
  set,
}: SliderProps) {
  return (
    <label className="matte-slider">
      <span>{name}</span>
      <input
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        disabled={off}
        aria-label={label}
        aria-valuetext={words}
        onChange={(event) => set(Number(event.target.value))}
      />
      <span className="number muted">{words}</span>
    </label>
  );
}
