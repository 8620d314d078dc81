import type { Project } from "../../api/client";
import { when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { colored, Dot, ErrorNote } from "../../parts/notes";
import type { Item } from "./use-review";

type Props = {
  project: Project;
  item: Item | undefined;
  at: number;
  choose: (index: number) => void;
  decided: string | undefined;
  problem: unknown;
  off: boolean;
  taken: readonly string[];
  accept: () => void;
  fix: (category: string) => void;
  sendBack: () => void;
};

/** What people said, side by side; and what the reviewer may do with the one in focus. */
export function Side(props: Props) {
  const { project, item, off } = props;
  const label = item?.annotations[props.at];
  const several = new Set(item?.annotations.map((one) => one.result.category)).size > 1;
  return (
    <>
      <section className="stack" aria-label="Labels">
        <h2 className="muted small">{several ? "They disagree" : "What was said"}</h2>
        {item?.annotations.map((one, index) => (
          <Said
            key={one.uuid}
            label={one}
            color={colorOf(project, one.result.category)}
            here={index === props.at}
            choose={() => props.choose(index)}
          />
        ))}
        {!item && <p className="muted small">Nothing waits.</p>}
      </section>
      <div className="row tight still verdicts">
        <button className="button primary grow" disabled={off} onClick={props.accept}>
          <Icon name="accept" /> Accept <kbd className="desktop">A</kbd>
        </button>
        <button className="button grow" disabled={off} onClick={props.sendBack}>
          <Icon name="undo" /> Send back <kbd className="desktop">X</kbd>
        </button>
      </div>
      <ErrorNote error={props.problem} />
      {props.decided !== undefined && (
        <p className="note small">{props.decided} Undo takes the last verdict back.</p>
      )}
      <section className="stack" aria-label="Mend">
        <h2 className="muted small">Or accept as</h2>
        <div className="choices">
          {project.categories.map((category) => (
            <button
              key={category.id}
              className={`choice${label?.result.category === category.name ? " chosen" : ""}`}
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
                {category.hotkey && !props.taken.includes(category.hotkey) && (
                  <kbd>{category.hotkey.toUpperCase()}</kbd>
                )}
              </span>
            </button>
          ))}
        </div>
      </section>
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
          {label.regions[0] && <span className="badge">{label.regions[0].origin}</span>}
        </span>
      </span>
      <span className="row tight still">
        <Dot /> <span className="break">{label.result.category}</span>
      </span>
      <span className="muted small number desktop">{facts.filter(Boolean).join(", ")}</span>
    </button>
  );
}
