import { inWords, type Label } from "../api/results";
import { sameBox } from "../shapes/box";
import type { Box } from "../shapes/fit";

/** Labels of either kind, as the queue deals with them. */
export type { Label };

/** Whether two labels say the same: the category, or the same boxes in whatever order. */
export function same(a: Label | null | undefined, b: Label | null | undefined): boolean {
  if (!a || !b) return !a && !b;
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

/** A label in a few words, for a mark: its category, or how many boxes. */
export function inShort(label: Label): string {
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
  return label && (typeof label.category === "string" || Array.isArray(label.boxes)) ? label : null;
}
