import { flushSync } from "react-dom";
import { Icon, type IconName } from "../../parts/icon";
import { Sheet } from "../../parts/sheet";
import { type ActionOf, TEXTS } from "../../tools/keys";

const MORE: readonly (readonly [ActionOf<"label">, IconName])[] = [
  ["palette", "find"],
  ["redo", "redo"],
  ["instructions", "instructions"],
  ["help", "keys"],
];

type Props = { close: () => void; act: (action: ActionOf<"label">) => void; canRedo: boolean };

/** What a phone's strip and bar have no room for. */
export function More({ close, act, canRedo }: Props) {
  const choose = (action: ActionOf<"label">) => {
    // What opens next takes the focus after this one has given it back.
    flushSync(close);
    act(action);
  };
  return (
    <Sheet title="More" close={close}>
      <div className="menu">
        {MORE.map(([action, icon]) => (
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
