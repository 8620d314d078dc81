import { inWords, type Label } from "../api/results";
import { sameBox } from "../shapes/box";
import type { Box } from "../shapes/fit";

/** Labels of each kind, as the queue deals with them. */
export type { Label };

/** Whether two labels say the same: the category, the same boxes in whatever order, or the very same mattes. */
export function same(a: Label | null | undefined, b: Label | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  if (a.alpha || b.alpha) return a.alpha === b.alpha && (a.trimap ?? null) === (b.trimap ?? null);
  if (!a.boxes || !b.boxes) return !a.boxes && !b.boxes && a.category === b.category;
  if (a.boxes.length !== b.boxes.length) return false;
  const left = [...b.boxes];
  return a.boxes.every(({ category, bbox }) => {
    const at = left.findIndex(
      (other) => other.category === category && sameBox(boxOf(other), boxOf({ bbox })),
    );
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** A label in a few words, for a mark: its category, how many boxes, or that there is a matte. */
export function inShort(label: Label): string {
  if (label.alpha) return "matte";
  if (!label.boxes) return inWords(label);
  const { length } = label.boxes;
  return length === 1 ? "1 box" : length ? `${length} boxes` : "no box";
}

export function boxOf({ bbox }: { bbox: readonly number[] }): Box {
  return bbox as unknown as Box;
}

/** What came from the server or a shelf as a label, if it is one. */
export function labelOf(result: unknown): Label | null {
  const label = result as Label | null | undefined;
  const known =
    label &&
    (typeof label.category === "string" || typeof label.alpha === "string" || Array.isArray(label.boxes));
  return known ? label : null;
}
