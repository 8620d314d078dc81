/** Pure geometry of showing an image in a stage. Boxes are [x1, y1, x2, y2] in pixels of the upright image. */
export type Box = readonly [number, number, number, number];
export type Size = { width: number; height: number };

const MARGIN = 24;

/** The largest scale, at most `limit`, at which the image fits. */
export function fitScale(image: Size, stage: Size, limit = 4): number {
  if (!image.width || !image.height || stage.width <= 0 || stage.height <= 0) return 1;
  return Math.min(limit, stage.width / image.width, stage.height / image.height);
}

/** What an image is shown at in a stage, with room left around it. */
export function fitted(image: Size, stage: Size): Size & { scale: number } {
  const scale = fitScale(image, { width: stage.width - MARGIN, height: stage.height - MARGIN });
  return { scale, width: image.width * scale, height: image.height * scale };
}

export type Place = {
  left: number;
  top: number;
  right: number;
  bottom: number;
  at: "above" | "inside" | "below";
};

/** Where boxes stand, in shares of the image; each label above its box where there is room and no other label. */
export function placed(boxes: readonly Box[], image: Size): Place[] {
  const places: Place[] = [];
  for (const [x1, y1, x2, y2] of boxes) {
    const [left, top] = [x1 / image.width, y1 / image.height];
    const crowded = places.some(
      (other) =>
        other.at === "above" && Math.abs(other.top - top) < 0.06 && Math.abs(other.left - left) < 0.35,
    );
    const at = crowded ? "below" : top < 0.05 ? "inside" : "above";
    places.push({ left, top, right: 1 - x2 / image.width, bottom: y2 / image.height, at });
  }
  return places;
}
