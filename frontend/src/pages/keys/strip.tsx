import { useQuery } from "@tanstack/react-query";
import { commentsQuery } from "../../api/queries";
import { Icon, type IconName } from "../../parts/icon";
import { type Action, type Keymap, keysOf } from "../../tools/keys";
import { titled } from "./keycaps";

/** `desktop`: a phone has it elsewhere. `counts`: how many comments there are. */
export type Tool<A extends Action> = { action: A; icon: IconName; desktop?: true; counts?: true };
export type Tools<A extends Action> = readonly (readonly Tool<A>[])[];

type Props<A extends Action> = {
  tools: Tools<A>;
  keymap: Keymap;
  act: (action: A) => void;
  /** Of those that are on or off. */
  on?: Partial<Record<A, boolean>>;
  off?: Partial<Record<A, boolean>>;
  marked?: Partial<Record<A, boolean>>;
  /** The image on screen, if somebody has commented on it. */
  commented: number | null;
  children?: React.ReactNode;
};

/** The tools of a working screen: beside the image, on a phone below it. */
export function Strip<A extends Action>({
  tools,
  keymap,
  act,
  on = {},
  off = {},
  marked = {},
  commented,
  children,
}: Props<A>) {
  return (
    <div className="strip" role="toolbar" aria-label="Tools" aria-orientation="vertical">
      {tools.map((group, n) => (
        <div key={n} className={`strip-group${group.every(({ desktop }) => desktop) ? " desktop" : ""}`}>
          {group.map(({ action, icon, desktop, counts }) => (
            <button
              key={action}
              className={`strip-tool${desktop ? " desktop" : ""}${marked[action] ? " marked" : ""}`}
              onClick={() => act(action)}
              disabled={off[action]}
              aria-label={titled(action, keymap)}
              title={titled(action, keymap)}
              aria-pressed={on[action]}
              data-key={keysOf(keymap[action][0] ?? "")
                .join(" ")
                .replace("Shift ", "⇧")}
            >
              <Icon name={icon} size={18} />
              {counts && commented !== null && <Count image={commented} />}
            </button>
          ))}
        </div>
      ))}
      {children}
    </div>
  );
}

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
