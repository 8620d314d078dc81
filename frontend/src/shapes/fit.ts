/** Pure geometry of showing an image in a stage. Boxes are [x1, y1, x2, y2] in pixels of the upright image. */
export type Box = readonly [number, number, number, number];
export type Size = { width: number; height: number };

/** The largest scale, at most `limit`, at which the image fits. */
export function fitScale(image: Size, stage: Size, limit = 4): number {
  if (!image.width || !image.height || stage.width <= 0 || stage.height <= 0) return 1;
  return Math.min(limit, stage.width / image.width, stage.height / image.height);
}

/** Where a box and its label stand, in shares of the image; the label inside where the edge leaves no room. */
export function placed(box: Box, image: Size) {
  const [left, top, right, bottom] = [
    box[0] / image.width,
    box[1] / image.height,
    box[2] / image.width,
    box[3] / image.height,
  ];
  return { left, top, right: 1 - right, bottom: 1 - bottom, inside: top < 0.05, fromRight: left > 0.66 };
}
