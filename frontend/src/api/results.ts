import type { Schemas } from "./client";

/** What a model says of an image, and a person, by the project's kind. */
export type Classes = Schemas["ClassesRow"];
export type Boxes = Schemas["BoxesRow"];
export type Matte = Schemas["MatteRow"];
export type Predicted = Classes | Boxes | Matte;
export type Label = Schemas["LabelResult"];
export type LabelBox = NonNullable<Label["boxes"]>[number];

export function classesOf(result: Predicted | null | undefined): Classes | null {
  return result && "scores" in result ? result : null;
}

export function boxesOf(result: Predicted | null | undefined): Boxes | null {
  return result && "boxes" in result ? result : null;
}

export function matteOf(result: Predicted | null | undefined): Matte | null {
  return result && "alpha" in result ? result : null;
}

/** A label for people: its category, "2 milk, 1 jam", or what a matte was made of. */
export function inWords(label: Label): string {
  if (label.alpha) return label.trimap ? "matte with trimap" : "matte";
  if (!label.boxes) return label.category ?? "";
  const counts = new Map<string, number>();
  for (const { category } of label.boxes) counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "no box";
}

/** Where a label's regions came from: of one, the word; of several, how many of each. */
export function originsOf(regions: readonly { origin: string }[]): string[] {
  const counts = new Map<string, number>();
  for (const { origin } of regions) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  return [...counts].map(([origin, count]) => (count > 1 ? `${count} ${origin}` : origin));
}
