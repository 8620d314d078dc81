/** Pure geometry of showing an image in a stage. Boxes are [x1, y1, x2, y2] in pixels of the upright image. */
export type Box = readonly [number, number, number, number];
export type Size = { width: number; height: number };

/** The largest scale, at most `limit`, at which the image fits. */
export function fitScale(image: Size, stage: Size, limit = 4): number {
  if (!image.width || !image.height || !stage.width || !stage.height) return 1;
  return Math.min(limit, stage.width / image.width, stage.height / image.height);
}

/** Where a label for a box goes: above it, or inside when there is no room above. */
export function labelPosition(box: Box, textHeight: number): { x: number; y: number } {
  const above = box[1] - textHeight;
  return { x: box[0], y: above >= 0 ? above : box[1] };
}
