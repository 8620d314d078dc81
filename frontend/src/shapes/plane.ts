import type { Box, Size } from "./fit";

/** Levels of an image's pixels, row by row: of alpha 0 to 255, of a trimap 0, 128 and 255. Never a canvas: its pixels lose some. */
export type Plane = Size & { data: Uint8Array };

export const BACKGROUND = 0;
export const UNKNOWN = 128;
export const FOREGROUND = 255;

export function emptyPlane({ width, height }: Size): Plane {
  return { width, height, data: new Uint8Array(width * height) };
}

export function wholeOf({ width, height }: Size): Box {
  return [0, 0, width, height];
}

/** Whole pixels that a box touches, inside of the image; x2 and y2 are the first ones outside. */
export function pixelsIn([x1, y1, x2, y2]: Box, { width, height }: Size): Box {
  return [
    Math.max(0, Math.floor(x1)),
    Math.max(0, Math.floor(y1)),
    Math.min(width, Math.ceil(x2)),
    Math.min(height, Math.ceil(y2)),
  ];
}

export function isEmptyBox([x1, y1, x2, y2]: Box): boolean {
  return x2 <= x1 || y2 <= y1;
}

export function around(a: Box | null, b: Box): Box {
  if (!a) return b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** Whether every pixel is background. */
export function isBlank({ data }: Plane): boolean {
  for (let n = 0; n < data.length; n++) if (data[n]) return false;
  return true;
}

/** A window of whole pixels, cut out as a plane of its own. */
export function cutOut(plane: Plane, [x1, y1, x2, y2]: Box): Plane {
  const cut = emptyPlane({ width: x2 - x1, height: y2 - y1 });
  for (let y = y1; y < y2; y++) {
    const row = y * plane.width;
    cut.data.set(plane.data.subarray(row + x1, row + x2), (y - y1) * cut.width);
  }
  return cut;
}
