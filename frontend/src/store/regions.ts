import type { Boxes, Label } from "../api/results";
import { overlap, rounded, sameBox } from "../shapes/box";
import type { Box, Size } from "../shapes/fit";
import { boxOf } from "./labels";

/** What the model had said of a region that came from it. */
export type Said = { category: string; bbox: Box; score: number };

/** A box on an image: drawn by a person, or a model's, of which a person is still to say what becomes of it. */
export type Region = {
  readonly id: string;
  /** The later it came, the higher: what is drawn last lies on top. */
  readonly order: number;
  readonly category: string;
  readonly bbox: Box;
  readonly said?: Said;
  readonly decision: "undecided" | "kept" | "rejected";
};

/** As the page shows it; the server derives its own by comparing with what the model said, in the same way. */
export type Origin = "drawn" | "predicted" | "accepted" | "corrected" | "rejected";

export function originOf({ decision, said, category, bbox }: Region): Origin {
  if (decision === "rejected") return "rejected";
  if (decision === "undecided") return "predicted";
  // What was moved off a pre-label is another thing.
  if (!said || !overlap(said.bbox, bbox)) return "drawn";
  return said.category === category && sameBox(said.bbox, bbox) ? "accepted" : "corrected";
}

/** What is in sight and counts, at a confidence that pre-labels have to reach. */
export function isShown({ decision, said }: Region, confidence: number): boolean {
  return decision === "kept" || (decision === "undecided" && (said?.score ?? 1) >= confidence);
}

/** The pre-labels that wait for a word, the least confident first. */
export function waiting(regions: readonly Region[], confidence: number): Region[] {
  return regions
    .filter((region) => region.decision === "undecided" && isShown(region, confidence))
    .sort((a, b) => (a.said?.score ?? 0) - (b.said?.score ?? 0) || a.order - b.order);
}

/** The regions that a prediction, and a label that stands, make. A label leaves nothing of the prediction to be decided. */
export function regionsOf(label: Label | null, prediction: Boxes | null): Region[] {
  const found = new Map((prediction?.boxes ?? []).map((box) => [box.id, box]));
  const said = (id: string | undefined) => {
    const box = id === undefined ? undefined : found.get(id);
    return box && { said: { category: box.category, bbox: boxOf(box), score: box.score } };
  };
  if (label?.boxes) {
    return label.boxes.map((box, n) => ({
      ...said(box.id),
      id: box.id ?? `b${n}`,
      order: n,
      category: box.category,
      bbox: boxOf(box),
      decision: "kept",
    }));
  }
  return [...found.values()].map((box, n) => ({
    ...said(box.id),
    id: box.id,
    order: n,
    category: box.category,
    bbox: boxOf(box),
    decision: "undecided",
  }));
}

/** What is submitted: all but what is undecided or was rejected. An untouched box stays as it was predicted, to the bit. */
export function labelFrom(regions: readonly Region[], image: Size): Label {
  return {
    boxes: regions
      .filter(({ decision }) => decision === "kept")
      .map((region) => ({
        id: region.id,
        category: region.category,
        bbox: [...(originOf(region) === "accepted" ? region.said!.bbox : rounded(region.bbox, image))],
      })),
  };
}

/** Where a newer prediction came for an image that somebody has begun: what they made stays, the rest is the newer one's. */
export function renewed(regions: readonly Region[], prediction: Boxes | null): Region[] {
  const mine = regions.filter(({ decision }) => decision === "kept");
  const taken = new Set(mine.map(({ id }) => id));
  // Both versions name their boxes p0, p1, …: another box of the same name is not the one that was kept.
  const fresh = regionsOf(null, prediction).map((region) =>
    taken.has(region.id) ? { ...region, id: `${region.id}-new` } : region,
  );
  return [...fresh, ...mine.map((region, n) => ({ ...region, order: fresh.length + n }))];
}
