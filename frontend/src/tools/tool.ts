import type { BoxDocument } from "../store/boxes";
import type { Observable } from "../store/observable";
import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";

export const TOOLS = ["select", "draw", "extremes", "snap", "pan"] as const;
export type ToolName = (typeof TOOLS)[number];

/**
 * A pointer on the stage: `at` in pixels of the image, `reach` how far it may miss, `slack` how far it may slip in a click;
 * a pen's `pressure` from 0 to 1, and `other` while Control is held.
 */
export type Press = { at: Point; reach: number; slack: number; pressure?: number; other?: boolean };

/** What is being made, and lies over the boxes until it is done: `of` is the box that it stands for. */
export type Preview = { box?: Box; points?: readonly Point[]; of?: string; waits?: boolean };

/** What tools work on, and by what they tell the screen. */
export type Bench = {
  readonly document: BoxDocument;
  readonly preview: Observable<Preview | null>;
  /** The category of what is drawn. */
  category(): string;
  newId(): string;
  /** Whether the document is still the one on screen. */
  isOpen(): boolean;
  say(text: string): void;
  /** The box that the server finds at a point or in a rough box; null where it finds none, with the reason said. */
  snap(about: { point: Point } | { box: Box }): Promise<Box | null>;
};

/** One way to use pointers. Whatever happens in between, `cancel` leaves everything as it was before. */
export interface Tool {
  down(press: Press): void;
  /** `held`: a button or finger is down. */
  move(press: Press, held: boolean): void;
  up(press: Press): void;
  /** Forgets the press that is going on; what earlier ones made stays. */
  interrupt(): void;
  /** Whether there was something to leave. */
  cancel(): boolean;
}

export function apart(a: Point, b: Point): number {
  return Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
}

/** Adds a box that was drawn, and says so. */
export function finish(bench: Bench, bbox: Box, id = bench.newId()): string | null {
  const category = bench.category();
  if (!bench.document.add([{ id, category, bbox }])) {
    bench.say("No more boxes fit on this image: 5,000 are the most.");
    return null;
  }
  const { length } = bench.document.snapshot().regions.filter(({ decision }) => decision === "kept");
  bench.say(`Box ${category} drawn, ${length} ${length === 1 ? "box" : "boxes"}.`);
  return id;
}
