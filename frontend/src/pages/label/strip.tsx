import { memo } from "react";
import { Icon } from "../../parts/icon";
import type { ActionOf, Keymap } from "../../tools/keys";
import { Strip, type Tools } from "../keys/strip";

const TOOLS: Tools<ActionOf<"label">> = [
  [
    { action: "evidence", icon: "evidence" },
    { action: "adjust", icon: "adjust" },
    { action: "larger", icon: "plus", desktop: true },
    { action: "smaller", icon: "minus", desktop: true },
    { action: "fit", icon: "fit" },
  ],
  [
    { action: "repeat", icon: "repeat" },
    { action: "palette", icon: "find", desktop: true },
  ],
  [
    { action: "comment", icon: "comment", counts: true },
    { action: "mine", icon: "mine" },
  ],
  [
    { action: "instructions", icon: "instructions", desktop: true },
    { action: "help", icon: "keys", desktop: true },
  ],
];

type Props = {
  keymap: Keymap;
  act: (action: ActionOf<"label">) => void;
  more: () => void;
  evidence: boolean;
  adjust: boolean;
  instructions: boolean;
  adjusted: boolean;
  commented: number | null;
};

export const ToolStrip = memo(function ToolStrip(props: Props) {
  const { keymap, act, more, adjusted, commented, ...on } = props;
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
