import { flushSync } from "react-dom";
import { Icon, type IconName } from "../../parts/icon";
import { Sheet } from "../../parts/sheet";
import { type LabelingAction, TEXTS } from "../../tools/keys";

export type MoreAction = readonly [LabelingAction, IconName];

const MORE: readonly MoreAction[] = [
  ["palette", "find"],
  ["redo", "redo"],
  ["instructions", "instructions"],
  ["help", "keys"],
];

type Props = {
  close: () => void;
  act: (action: LabelingAction) => void;
  canRedo: boolean;
  /** Of a screen whose strip has less room. */
  also?: readonly MoreAction[];
};

/** What a phone's strip and bar have no room for. */
export function More({ close, act, canRedo, also = [] }: Props) {
  const choose = (action: LabelingAction) => {
    // What opens next takes the focus after this one has given it back.
    flushSync(close);
    act(action);
  };
  return (
    <Sheet title="More" close={close}>
      <div className="menu">
        {[...also, ...MORE].map(([action, icon]) => (
          <button
            key={action}
            className="menu-item"
            disabled={action === "redo" && !canRedo}
            onClick={() => choose(action)}
          >
            <Icon name={icon} size={18} />{" "}
            <span>{action === "help" ? "Keys, time and pace" : TEXTS[action]}</span>
          </button>
        ))}
      </div>
    </Sheet>
  );
}
