import type { Box, Size } from "./fit";
import type { Point } from "./view";

/** The least side of a box, in pixels of the image. */
export const LEAST = 1;

/** The eight places that a box is resized by, and which of its sides each one moves. */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof HANDLES)[number];

/** The box between two points, in whatever order, cut off at the image's edges. */
export function between(a: Point, b: Point, image: Size): Box {
  return clipped([Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)], image);
}

/** The box around points. With those at its top, left, bottom and right: Papadopoulos et al., "Extreme clicking", 2017. */
export function around(points: readonly Point[], image: Size): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return clipped([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], image);
}

/** The part that lies in the image. */
export function clipped([x1, y1, x2, y2]: Box, { width, height }: Size): Box {
  return [hold(x1, 0, width), hold(y1, 0, height), hold(x2, 0, width), hold(y2, 0, height)];
}

export function isLargeEnough([x1, y1, x2, y2]: Box): boolean {
  return x2 - x1 >= LEAST && y2 - y1 >= LEAST;
}

/** Moved as a whole, as far as the image goes. */
export function moved([x1, y1, x2, y2]: Box, dx: number, dy: number, image: Size): Box {
  const [x, y] = [hold(dx, -x1, image.width - x2), hold(dy, -y1, image.height - y2)];
  return [x1 + x, y1 + y, x2 + x, y2 + y];
}

/** With the sides of a handle put to a point; pulled past the opposite side it turns over. */
export function resized([x1, y1, x2, y2]: Box, handle: Handle, to: Point, image: Size): Box {
  const [left, right] = handle.includes("w")
    ? sides(x2, to.x, image.width)
    : handle.includes("e")
      ? sides(x1, to.x, image.width)
      : [x1, x2];
  const [top, bottom] = handle.includes("n")
    ? sides(y2, to.y, image.height)
    : handle.includes("s")
      ? sides(y1, to.y, image.height)
      : [y1, y2];
  return [left, top, right, bottom];
}

/** In order, inside, and at least LEAST apart: the one that is moved gives way. */
function sides(still: number, moving: number, most: number): [number, number] {
  let end = hold(moving, 0, most);
  if (Math.abs(end - still) < LEAST) {
    const ahead = still - LEAST < 0 || (end >= still && still + LEAST <= most);
    end = ahead ? still + LEAST : still - LEAST;
  }
  return end < still ? [end, still] : [still, end];
}

/** Grown on its right and bottom by so many pixels, or shrunk. */
export function grown([x1, y1, x2, y2]: Box, dx: number, dy: number, image: Size): Box {
  return [x1, y1, hold(x2 + dx, x1 + LEAST, image.width), hold(y2 + dy, y1 + LEAST, image.height)];
}

export function placeOf([x1, y1, x2, y2]: Box, handle: Handle): Point {
  return {
    x: handle.includes("w") ? x1 : handle.includes("e") ? x2 : (x1 + x2) / 2,
    y: handle.includes("n") ? y1 : handle.includes("s") ? y2 : (y1 + y2) / 2,
  };
}

/** The handle within reach of a point, corners before sides; `reach` in pixels of the image. */
export function handleAt(box: Box, at: Point, reach: number): Handle | null {
  let best: Handle | null = null;
  let least = reach;
  for (const handle of HANDLES) {
    const { x, y } = placeOf(box, handle);
    // A side's is a little farther away than a corner's at the same distance.
    const distance = Math.max(Math.abs(x - at.x), Math.abs(y - at.y)) + (handle.length === 1 ? reach / 8 : 0);
    if (distance <= least) [best, least] = [handle, distance];
  }
  return best;
}

/** The smallest box under a point, so that one inside of another can be reached; edges reach out by `reach`. */
export function boxAt<T extends { bbox: Box }>(
  boxes: readonly T[],
  { x, y }: Point,
  reach: number,
): T | null {
  let best: T | null = null;
  let least = Infinity;
  for (const box of boxes) {
    const [x1, y1, x2, y2] = box.bbox;
    if (x < x1 - reach || x > x2 + reach || y < y1 - reach || y > y2 + reach) continue;
    const area = (x2 - x1) * (y2 - y1);
    if (area < least) [best, least] = [box, area];
  }
  return best;
}

export function sameBox(a: Box, b: Box, apart = 0.005): boolean {
  return a.every((value, n) => Math.abs(value - b[n]!) <= apart);
}

/** Whether two boxes have an area in common. */
export function overlap(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/** With two digits, as predictions are kept; still inside of the image. */
export function rounded(box: Box, image: Size): Box {
  const [x1, y1, x2, y2] = clipped(
    box.map((value) => Math.round(value * 100) / 100) as unknown as Box,
    image,
  );
  return [x1, y1, x2, y2];
}

function hold(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
