import { memo } from "react";
import { Icon } from "../../../parts/icon";
import type { ActionOf, Keymap } from "../../../tools/keys";
import type { ToolName } from "../../../tools/tool";
import { Strip, type Tools } from "../../keys/strip";
import type { MoreAction } from "../more";

export type BoxAction = ActionOf<"boxes">;

const TOOLS: Tools<BoxAction> = [
  [
    { action: "boxes_select", icon: "pointer" },
    { action: "boxes_draw", icon: "box" },
    { action: "boxes_extremes", icon: "extremes" },
    { action: "boxes_snap", icon: "snap" },
    { action: "boxes_pan", icon: "hand", desktop: true },
  ],
  [
    { action: "larger", icon: "plus", desktop: true },
    { action: "smaller", icon: "minus", desktop: true },
    { action: "fit", icon: "fit" },
    { action: "adjust", icon: "adjust", desktop: true },
    { action: "boxes_names", icon: "names", desktop: true },
  ],
  [
    { action: "boxes_repeat", icon: "repeat" },
    { action: "palette", icon: "find", desktop: true },
    { action: "comment", icon: "comment", counts: true, desktop: true },
    { action: "mine", icon: "mine", desktop: true },
  ],
  [
    { action: "instructions", icon: "instructions", desktop: true },
    { action: "help", icon: "keys", desktop: true },
  ],
];

/** What a phone's strip has no room for, beside what no labeling screen's has. */
export const ALSO: readonly MoreAction[] = [
  ["adjust", "adjust"],
  ["comment", "comment"],
  ["mine", "mine"],
];

type Props = {
  tool: ToolName;
  keymap: Keymap;
  act: (action: BoxAction) => void;
  more: () => void;
  names: boolean;
  adjust: boolean;
  adjusted: boolean;
  instructions: boolean;
  commented: number | null;
};

export const BoxStrip = memo(function BoxStrip(props: Props) {
  const { tool, keymap, act, more, names, adjust, adjusted, instructions, commented } = props;
  const on = {
    boxes_select: tool === "select",
    boxes_draw: tool === "draw",
    boxes_extremes: tool === "extremes",
    boxes_snap: tool === "snap",
    boxes_pan: tool === "pan",
    boxes_names: names,
    adjust,
    instructions,
  };
  return (
    <Strip
      tools={TOOLS}
      keymap={keymap}
      act={act}
      on={on}
      marked={{ adjust: adjusted }}
      commented={commented}
    >
      <div className="strip-group mobile">
        <button className="strip-tool" onClick={more} aria-label="More" title="More">
          <Icon name="more" size={18} />
        </button>
      </div>
    </Strip>
  );
});
