import { BACKGROUND, FOREGROUND, UNKNOWN } from "../shapes/plane";
import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";
import type { Layer } from "../store/history";
import type { MatteDocument } from "../store/matte";
import type { Observable } from "../store/observable";

export const MATTE_TOOLS = [
  "brush",
  "erase",
  "foreground",
  "unknown",
  "background",
  "lasso",
  "segment",
  "pan",
] as const;
export type MatteToolName = (typeof MATTE_TOOLS)[number];

/** How brushes paint. `size`: across, in pixels of the image; `hardness` and `opacity` from 0 to 1; `pen`: what its pressure changes. */
export type BrushSettings = {
  size: number;
  hardness: number;
  opacity: number;
  pen: "size" | "opacity" | "nothing";
};
export const BRUSH: BrushSettings = { size: 40, hardness: 0.8, opacity: 1, pen: "size" };
export const LARGEST = 1000;

/** What lies over the matte while it is made: an outline, or a rough box. */
export type MattePreview = { outline?: readonly Point[]; box?: Box };

/** What tools work on, and by what they tell the screen. */
export type MatteBench = {
  readonly document: MatteDocument;
  readonly preview: Observable<MattePreview | null>;
  brush(): BrushSettings;
  say(text: string): void;
  /** Has a layer looked at: what is painted has to be seen. */
  reveal(layer: Layer): void;
  /** Asks for the part at a point or in a rough box, and proposes it. */
  segment(about: { point: Point } | { box: Box }): void;
};

export type Paint = { layer: Layer; target: number; name: string };

/** What the tools that paint paint. */
export const PAINTS: Partial<Record<MatteToolName, Paint>> = {
  brush: { layer: "alpha", target: FOREGROUND, name: "Brush" },
  erase: { layer: "alpha", target: BACKGROUND, name: "Eraser" },
  lasso: { layer: "alpha", target: FOREGROUND, name: "Lasso" },
  foreground: { layer: "trimap", target: FOREGROUND, name: "Sure foreground" },
  unknown: { layer: "trimap", target: UNKNOWN, name: "Unknown" },
  background: { layer: "trimap", target: BACKGROUND, name: "Sure background" },
};

export function isOfTrimap(tool: MatteToolName): boolean {
  return PAINTS[tool]?.layer === "trimap";
}

/** Why nothing can be painted just now. */
export function refusalOf(document: MatteDocument): string {
  const { phase, proposal, busy } = document.snapshot();
  if (phase === "loading") return "The matte is being loaded.";
  if (phase === "failed") return "The matte could not be loaded: try again first.";
  if (proposal) return "Accept or reject what is proposed first.";
  return busy ? `${busy} goes on: wait for it.` : "";
}
