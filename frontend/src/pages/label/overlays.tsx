import type { Project } from "../../api/client";
import { type Look, PLAIN } from "../../canvas/picture";
import { Sheet } from "../../parts/sheet";
import type { Keymap, LabelingAction, NamingAction } from "../../tools/keys";
import { KeysSheet } from "../keys/keys-sheet";
import { Instructions } from "./instructions";
import { More, type MoreAction } from "./more";
import { Palette } from "./palette";
import { SkipSheet } from "./skip";

export type Open =
  "help" | "skip" | "palette" | "adjust" | "instructions" | "comments" | "mine" | "conflicts" | "more" | null;

type Props = {
  screen: "label" | "boxes" | "mattes";
  also?: readonly MoreAction[];
  open: Open;
  close: () => void;
  project: Project;
  keymap: Keymap;
  setKeymap: (keymap: Keymap) => void;
  timer: boolean;
  setTimer: (shown: boolean) => void;
  act: (action: LabelingAction) => void;
  /** Opens the list of categories, where there are any, and what is done with one that was chosen. */
  name?: (action: NamingAction) => void;
  canRedo: boolean;
  look: Look;
  setLook: (look: Look) => void;
  skip: (reason: string) => void;
  submit?: (category: string) => void;
};

/** What opens over the labeling screen. */
export function Overlays(props: Props) {
  const { open, close, project } = props;
  const closing =
    <T,>(act: (value: T) => void) =>
    (value: T) => {
      close();
      act(value);
    };
  if (open === "help") {
    return (
      <KeysSheet
        close={close}
        screen={props.screen}
        project={project}
        keymap={props.keymap}
        setKeymap={props.setKeymap}
        timer={props.timer}
        setTimer={props.setTimer}
      />
    );
  }
  if (open === "more")
    return <More close={close} act={props.act} name={props.name} canRedo={props.canRedo} also={props.also} />;
  if (open === "skip") return <SkipSheet screen={props.screen} close={close} skip={closing(props.skip)} />;
  if (open === "palette" && props.submit)
    return (
      <Palette
        title={props.screen === "label" ? "Label as" : "Category"}
        close={close}
        categories={project.categories}
        choose={closing(props.submit)}
      />
    );
  if (open === "adjust")
    return <Adjust screen={props.screen} look={props.look} change={props.setLook} close={close} />;
  if (open === "instructions") {
    return (
      <Sheet title="Instructions" close={close}>
        <Instructions html={project.instructions_html} />
      </Sheet>
    );
  }
  return null;
}

const SLIDERS: readonly { name: keyof Look; text: string; min: number; max: number }[] = [
  { name: "brightness", text: "Brightness", min: 0.3, max: 2.5 },
  { name: "contrast", text: "Contrast", min: 0.5, max: 2.5 },
  { name: "opacity", text: "", min: 0.1, max: 1 },
];

/** What the opacity is of; a matte has its own, beside its views. */
const MARKS = { label: "Model's marks", boxes: "Boxes", mattes: null };

type AdjustProps = { screen: Props["screen"]; look: Look; change: (look: Look) => void; close: () => void };

/** Does not cover the image: what is changed is seen at once, and labeling goes on. */
function Adjust({ screen, look, change, close }: AdjustProps) {
  return (
    <section className="adjust panel stack" aria-label="Brightness and contrast">
      {SLIDERS.filter(({ text }) => text || MARKS[screen]).map(({ name, text, min, max }) => (
        <label key={name} className="field">
          <span>{text || MARKS[screen]}</span>
          <input
            type="range"
            min={min}
            max={max}
            step={0.05}
            value={look[name]}
            onChange={(event) => change({ ...look, [name]: Number(event.target.value) })}
          />
        </label>
      ))}
      <div className="row between">
        <button className="button small quiet" onClick={() => change(PLAIN)} disabled={look === PLAIN}>
          As it was
        </button>
        <button className="button small" onClick={close}>
          Done
        </button>
      </div>
    </section>
  );
}
