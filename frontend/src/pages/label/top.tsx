import { useSyncExternalStore } from "react";
import type { Project } from "../../api/client";
import { modelName } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { ThemeButton } from "../../parts/theme";
import type { Observable } from "../../store/observable";
import type { Saving } from "../../store/outbox";
import type { Queue } from "../../store/queue";
import type { QueueState } from "../../store/queue-types";
import type { Keymap, LabelingAction } from "../../tools/keys";
import { titled } from "../keys/keycaps";
import { Place } from "./place";
import { SavedMark } from "./saved";
import { Timer } from "./timer";
import type { Held } from "./use-labeling";

type Props = {
  project: Project;
  state: QueueState;
  /** Where there is more to undo than submits. */
  canUndo?: boolean;
  canRedo?: boolean;
  total: number;
  saving: Observable<Saving>;
  held: Observable<Held>;
  decide: () => void;
  queue: Queue;
  timer: boolean;
  keymap: Keymap;
  act: (action: LabelingAction) => void;
  go: (index: number) => void;
};

export function TopBar(props: Props) {
  const { project, state, total, saving, keymap, act, go } = props;
  const entry = state.entries[state.index];
  const all = Math.max(total, state.settled);
  const { canUndo = state.canUndo, canRedo = state.canRedo } = props;
  const refused = state.entries.findIndex((one) => one.error);
  return (
    <header className="lab-top">
      <Place
        project={project}
        at={Math.min(state.settled + 1, all)}
        done={state.settled}
        total={all}
        label="Labeled here"
        name={entry?.item.image.name}
      />
      {entry?.item.prediction && (
        <span className="badge desktop" title="The version that pre-labeled this image">
          {modelName(entry.item.prediction)}
        </span>
      )}
      {refused >= 0 && (
        <button className="button small danger" onClick={() => go(refused)}>
          <Icon name="warning" /> Not saved
        </button>
      )}
      <ToDecide held={props.held} open={props.decide} />
      {props.timer && entry && <Timer queue={props.queue} image={entry.item.image.id} />}
      <SavedMark saving={saving} any={state.settled > 0 || state.canUndo} />
      <div className="row tight still">
        <TopButton action="undo" text="Undo" keymap={keymap} act={act} off={!canUndo} />
        <TopButton action="redo" text="Redo" keymap={keymap} act={act} off={!canRedo} wide />
        <TopButton action="skip" text="Skip" keymap={keymap} act={act} off={!props.queue.canSkip} />
        <ThemeButton className="button quiet icon small desktop" bare />
      </div>
    </header>
  );
}

/** Two labels that contradict each other, and comments that were refused, wait here without standing in the way. */
function ToDecide({ held, open }: { held: Observable<Held>; open: () => void }) {
  const { length } = useSyncExternalStore(held.subscribe, held.snapshot);
  if (!length) return null;
  return (
    <button className="button small danger" onClick={open} aria-label={`${length} to decide`}>
      <Icon name="warning" /> {length} <span className="desktop">to decide</span>
    </button>
  );
}

type ButtonProps = {
  action: "undo" | "redo" | "skip";
  text: string;
  keymap: Keymap;
  act: (action: LabelingAction) => void;
  off: boolean;
  wide?: boolean;
};

function TopButton({ action, text, keymap, act, off, wide }: ButtonProps) {
  return (
    <button
      className={`button small${wide ? " desktop" : ""}`}
      onClick={() => act(action)}
      disabled={off}
      title={titled(action, keymap)}
    >
      <Icon name={action} /> <span>{text}</span>
    </button>
  );
}
