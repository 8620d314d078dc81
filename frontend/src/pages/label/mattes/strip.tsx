import { memo } from "react";
import { Icon } from "../../../parts/icon";
import type { ActionOf, Keymap } from "../../../tools/keys";
import type { MatteToolName } from "../../../tools/matte-tool";
import { Strip, type Tools } from "../../keys/strip";
import type { MoreAction } from "../more";

export type MatteAction = ActionOf<"mattes">;

const TOOLS: Tools<MatteAction> = [
  [
    { action: "mattes_brush", icon: "brush" },
    { action: "mattes_erase", icon: "eraser" },
    { action: "mattes_lasso", icon: "lasso", desktop: true },
    { action: "mattes_segment", icon: "snap" },
    { action: "mattes_pan", icon: "hand", desktop: true },
  ],
  [
    { action: "mattes_foreground", icon: "foreground" },
    { action: "mattes_unknown", icon: "unknown" },
    { action: "mattes_background", icon: "background", desktop: true },
  ],
  [
    { action: "larger", icon: "plus", desktop: true },
    { action: "smaller", icon: "minus", desktop: true },
    { action: "fit", icon: "fit" },
    { action: "adjust", icon: "adjust", desktop: true },
  ],
  [
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

const OF_TOOL: Record<MatteToolName, MatteAction> = {
  brush: "mattes_brush",
  erase: "mattes_erase",
  lasso: "mattes_lasso",
  segment: "mattes_segment",
  pan: "mattes_pan",
  foreground: "mattes_foreground",
  unknown: "mattes_unknown",
  background: "mattes_background",
};

type Props = {
  tool: MatteToolName;
  keymap: Keymap;
  act: (action: MatteAction) => void;
  more: () => void;
  adjust: boolean;
  adjusted: boolean;
  instructions: boolean;
  commented: number | null;
};

export const MatteStrip = memo(function MatteStrip(props: Props) {
  const { tool, keymap, act, more, adjust, adjusted, instructions, commented } = props;
  const tools = Object.entries(OF_TOOL).map(([name, action]) => [action, name === tool]);
  const on = { ...Object.fromEntries(tools), adjust, instructions };
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
