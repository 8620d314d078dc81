import type { Project } from "../../api/client";
import { inWords, type Label, originsOf } from "../../api/results";
import { when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { colored, Dot, ErrorNote } from "../../parts/notes";
import { type ActionOf, isTaken, type Keymap } from "../../tools/keys";
import { Key } from "../keys/keycaps";
import type { Item } from "./use-review";

type Props = {
  project: Project;
  item: Item | undefined;
  at: number;
  choose: (index: number) => void;
  decided: string | undefined;
  problem: unknown;
  again?: () => void;
  off: boolean;
  keymap: Keymap;
  act: (action: ActionOf<"review">) => void;
  fix: (category: string) => void;
  /** The category of the box that is chosen, or of the next one. */
  chosen?: string;
  /** What a reviewer has made of the boxes. */
  mended: Label | null;
};

/** What people said, side by side; and what the reviewer may do with the one in focus. */
export function Side(props: Props) {
  const { project, item, off, keymap, act } = props;
  const label = item?.annotations[props.at];
  const several = new Set(item?.annotations.map((one) => inWords(one.result))).size > 1;
  return (
    <>
      <section className="stack" aria-label="Labels">
        <h2 className="muted small">{several ? "They disagree" : "What was said"}</h2>
        {item?.annotations.map((one, index) => (
          <Said
            key={one.uuid}
            label={one}
            color={colorOf(project, one.result.category ?? "")}
            here={index === props.at}
            choose={() => props.choose(index)}
          />
        ))}
        {!item && <p className="muted small">Nothing: no image is shown.</p>}
      </section>
      <div className="row tight still verdicts">
        <button className="button primary grow" disabled={off} onClick={() => act("review_accept")}>
          <Icon name="accept" /> Accept <Key action="review_accept" keymap={keymap} />
        </button>
        <button className="button grow" disabled={off} onClick={() => act("review_send_back")}>
          <Icon name="undo" /> Send back <Key action="review_send_back" keymap={keymap} />
        </button>
      </div>
      {props.mended && (
        <p className="note small">
          Accept takes what you made of it: {inWords(props.mended)}. Undo takes your changes back.
        </p>
      )}
      <ErrorNote error={props.problem} retry={props.again} />
      {props.decided !== undefined && (
        <p className="note small">{props.decided} Undo takes the last verdict back.</p>
      )}
      {project.kind !== "matting" && (
        <section className="stack" aria-label="Mend">
          <h2 className="muted small">
            {project.kind === "detection" ? "The chosen box, or a new one, is" : "Or accept as"}
          </h2>
          <div className="choices">
            {project.categories.map((category) => (
              <button
                key={category.id}
                className={`choice${category.name === (props.chosen ?? label?.result.category) ? " chosen" : ""}`}
                style={colored(category.color)}
                disabled={off}
                onClick={() => props.fix(category.name)}
              >
                <Dot />
                <span className="choice-name">
                  <span className="choice-text">{category.name}</span>
                </span>
                <span />
                <span className="desktop">
                  {category.hotkey && !isTaken(category.hotkey, "review", keymap) && (
                    <kbd>{category.hotkey.toUpperCase()}</kbd>
                  )}
                </span>
              </button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}

function colorOf(project: Project, name: string): string | undefined {
  return project.categories.find((category) => category.name === name)?.color;
}

type SaidProps = {
  label: Item["annotations"][number];
  color: string | undefined;
  here: boolean;
  choose: () => void;
};

function Said({ label, color, here, choose }: SaidProps) {
  const facts = [
    when(label.created),
    label.lead_time_ms ? `${(label.lead_time_ms / 1000).toFixed(1)} s` : "",
  ];
  return (
    <button
      className={`said-by${here ? " here" : ""}`}
      style={colored(color)}
      aria-pressed={here}
      onClick={choose}
    >
      <span className="row tight between">
        <b className="break">{label.author?.username ?? label.origin}</b>
        <span className="row tight">
          {label.late && <span className="badge warn">late</span>}
          {originsOf(label.regions).map((text) => (
            <span key={text} className="badge">
              {text}
            </span>
          ))}
        </span>
      </span>
      <span className="row tight still">
        {label.result.category && <Dot />} <span className="break">{inWords(label.result)}</span>
      </span>
      <span className="muted small number desktop">{facts.filter(Boolean).join(", ")}</span>
    </button>
  );
}
