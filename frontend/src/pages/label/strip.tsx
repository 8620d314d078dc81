import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { commentsQuery } from "../../api/queries";
import { Icon, type IconName } from "../../parts/icon";
import { type Action, type Keymap, keysOf } from "../../tools/keys";
import { titled } from "./keycaps";

type Tool = { action: Action; icon: IconName; phone?: true };

const TOOLS: readonly (readonly Tool[])[] = [
  [
    { action: "evidence", icon: "evidence", phone: true },
    { action: "adjust", icon: "adjust", phone: true },
    { action: "larger", icon: "plus" },
    { action: "smaller", icon: "minus" },
    { action: "fit", icon: "fit", phone: true },
  ],
  [
    { action: "repeat", icon: "repeat", phone: true },
    { action: "palette", icon: "find" },
  ],
  [
    { action: "comment", icon: "comment", phone: true },
    { action: "mine", icon: "mine", phone: true },
  ],
  [
    { action: "instructions", icon: "instructions", phone: true },
    { action: "help", icon: "keys" },
  ],
];

type Props = {
  keymap: Keymap;
  act: (action: Action) => void;
  evidence: boolean;
  adjust: boolean;
  instructions: boolean;
  adjusted: boolean;
  /** The image on screen, if somebody has commented on it. */
  commented: number | null;
};

export const ToolStrip = memo(function ToolStrip({ keymap, act, adjusted, commented, ...pressed }: Props) {
  const on: Partial<Record<Action, boolean>> = pressed;
  return (
    <div className="strip" role="toolbar" aria-label="Tools" aria-orientation="vertical">
      {TOOLS.map((group, n) => (
        <div key={n} className="strip-group">
          {group.map(({ action, icon, phone }) => (
            <button
              key={action}
              className={`strip-tool${phone ? "" : " desktop"}${action === "adjust" && adjusted ? " marked" : ""}`}
              onClick={() => act(action)}
              aria-label={titled(action, keymap)}
              title={titled(action, keymap)}
              aria-pressed={on[action]}
              data-key={keysOf(keymap[action][0] ?? "").join(" ")}
            >
              <Icon name={icon} size={18} />
              {action === "comment" && commented !== null && <Count image={commented} />}
            </button>
          ))}
        </div>
      ))}
    </div>
  );
});

/** How many comments there are to read: asked for where there are any at all. */
function Count({ image }: { image: number }) {
  const count = useQuery(commentsQuery(image)).data?.results.length ?? 0;
  if (!count) return null;
  return (
    <span className="count">
      {count > 99 ? "99+" : count}
      <span className="visually-hidden"> there</span>
    </span>
  );
}
