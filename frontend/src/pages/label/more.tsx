import { flushSync } from "react-dom";
import { Icon, type IconName } from "../../parts/icon";
import { Sheet } from "../../parts/sheet";
import { type LabelingAction, type NamingAction, TEXTS } from "../../tools/keys";

export type MoreAction = readonly [LabelingAction, IconName];

const PALETTE = ["palette", "find"] as const;
const MORE: readonly MoreAction[] = [
  ["redo", "redo"],
  ["instructions", "instructions"],
  ["help", "keys"],
];

type Props = {
  close: () => void;
  act: (action: LabelingAction) => void;
  /** Opens the list of categories, where there are any. */
  name?: (action: NamingAction) => void;
  canRedo: boolean;
  /** Of a screen whose strip has less room. */
  also?: readonly MoreAction[];
};

/** What a phone's strip and bar have no room for. */
export function More({ close, act, name, canRedo, also = [] }: Props) {
  const choose = (action: LabelingAction | NamingAction) => {
    // What opens next takes the focus after this one has given it back.
    flushSync(close);
    if (action === "palette") name?.(action);
    else act(action);
  };
  return (
    <Sheet title="More" close={close}>
      <div className="menu">
        {[...also, ...(name ? [PALETTE] : []), ...MORE].map(([action, icon]) => (
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
