import type { RefObject } from "react";
import type { MatteControls } from "../../../canvas/matte-canvas";
import { TEXTS } from "../../../tools/keys";
import type { How } from "../../../store/edit";
import { type BrushSettings, isOfTrimap, type MatteToolName } from "../../../tools/matte-tool";
import { stepped } from "./use-brush";
import type { Looks } from "./use-looks";
import type { MatteDeeds } from "./use-matte-deeds";
import { unsolvable, type useSolve } from "./use-solve";

type Props = {
  deeds: MatteDeeds;
  solve: ReturnType<typeof useSolve>;
  view: RefObject<MatteControls | null>;
  looks: Looks;
  brush: BrushSettings;
  setBrush: (part: Partial<BrushSettings>) => void;
  tool: MatteToolName;
  setTool: (tool: MatteToolName) => void;
  width: number;
  band: number;
  levelsPart: RefObject<HTMLDivElement | null>;
  say: (text: string) => void;
};

const SOFT = 0.1;

/** What the keys and buttons of this screen alone do. */
export function useMatteActs(props: Props) {
  const { deeds, solve, view, looks, brush, setBrush, tool, setTool, width, band, levelsPart, say } = props;

  /** A stroke that goes on is none of it: it ends by itself. */
  const take = (next: MatteToolName) => () => {
    setTool(next);
    say(""); // what it does is
    if (next !== "pan") looks.reveal(isOfTrimap(next) ? "trimap" : "alpha");
  };
  const accept = (how?: How) => () => {
    // From the trimap on to the matte itself, to touch it up.
    if (deeds.accept(how) && isOfTrimap(tool)) take("brush")();
  };
  const resize = (by: 1 | -1) => () => {
    const size = stepped(brush.size, by);
    setBrush({ size });
    say(`Brush ${size} pixels.`);
  };
  const soften = (by: number) => () => {
    const hardness = Math.round(10 * Math.max(0, Math.min(1, brush.hardness + by))) / 10;
    setBrush({ hardness });
    say(`Hardness ${Math.round(100 * hardness)} percent.`);
  };
  const wide = (name: "feather" | "grow" | "shrink" | "smooth") => () =>
    void deeds.operate(TEXTS[`mattes_${name}`], { name, width });
  const plain = (name: "invert" | "fill") => () => void deeds.operate(TEXTS[`mattes_${name}`], { name });
  const trimap = (from: "alpha" | "trimap") => () =>
    void deeds.operate("Unknown band", { name: "band", width: band }, from, "trimap");
  const begin = (seen: boolean) => async () => {
    const here = await deeds.settled();
    if (!here) return;
    if (solve.solving?.image === here.image.id) return say("This trimap is being solved already.");
    if (solve.solving) return say("Another image is being solved: this one can be when that is done.");
    const refused = unsolvable(here);
    if (refused) return say(refused);
    // What is proposed is looked at as a cut-out; until then the trimap is what people look at.
    void solve.start(here, seen ? (view.current?.seen() ?? null) : null, () => looks.look("cutout"));
  };

  return {
    mattes_accept_all: () => deeds.submit(true),
    mattes_submit: () => deeds.submit(false),
    mattes_accept: accept(),
    mattes_subtract: accept("subtract"),
    mattes_reject: deeds.reject,
    mattes_brush: take("brush"),
    mattes_erase: take("erase"),
    mattes_lasso: take("lasso"),
    mattes_segment: take("segment"),
    mattes_unknown: take("unknown"),
    mattes_foreground: take("foreground"),
    mattes_background: take("background"),
    mattes_pan: take("pan"),
    mattes_thinner: resize(-1),
    mattes_thicker: resize(1),
    mattes_softer: soften(-SOFT),
    mattes_harder: soften(SOFT),
    mattes_copy: () => deeds.copy("alpha"),
    mattes_copy_trimap: () => deeds.copy("trimap"),
    mattes_band: trimap("alpha"),
    mattes_widen: trimap("trimap"),
    mattes_solve: begin(false),
    mattes_solve_seen: begin(true),
    mattes_feather: wide("feather"),
    mattes_grow: wide("grow"),
    mattes_shrink: wide("shrink"),
    mattes_smooth: wide("smooth"),
    mattes_invert: plain("invert"),
    mattes_fill: plain("fill"),
    mattes_levels: () => {
      levelsPart.current?.scrollIntoView({ block: "nearest" });
      levelsPart.current?.querySelector("input")?.focus();
    },
    mattes_overlay: () => looks.look("overlay"),
    mattes_grey: () => looks.look("grey"),
    mattes_cutout: looks.cutOut,
    mattes_trimap: () => looks.look("trimap"),
    mattes_split: looks.toggleSplit,
  };
}
