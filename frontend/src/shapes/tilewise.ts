import type { Box } from "./fit";
import type { Plane } from "./plane";
import { emptyPlane, wholeOf } from "./plane";
import { readTile, tileBox, tilesIn, uniform, writeTile } from "./tiles";

/** A part of a plane with `margin` pixels around it on each side: beyond the plane's edge its last pixels go on. */
export type Patch = { width: number; height: number; margin: number; data: Uint8Array };

/**
 * A plane whose pixels depend on those within `margin` alone, made tile by tile. Where all of these have one level, which is
 * nearly everywhere in a matte, `even` says what becomes of it.
 */
export function tilewise(
  plane: Plane,
  margin: number,
  filter: (patch: Patch) => Uint8Array,
  even: (level: number) => number = (level) => level,
): Plane {
  const made = emptyPlane(plane);
  const places = tilesIn(wholeOf(plane), plane);
  const levels = places.map((place) => uniform(readTile(plane, place)));
  for (const place of places) {
    const box = tileBox(place, plane);
    const near = tilesIn(grown(box, margin, plane), plane).map((one) => levels[one]!);
    const level = near[0] ?? null;
    const isEven = level !== null && near.every((one) => one === level);
    writeTile(made, place, isEven ? even(level) : filter(patchOf(plane, box, margin)));
  }
  return made;
}

function grown([x1, y1, x2, y2]: Box, by: number, { width, height }: Plane): Box {
  return [Math.max(0, x1 - by), Math.max(0, y1 - by), Math.min(width, x2 + by), Math.min(height, y2 + by)];
}

function patchOf(plane: Plane, [x1, y1, x2, y2]: Box, margin: number): Patch {
  const [width, height] = [x2 - x1 + 2 * margin, y2 - y1 + 2 * margin];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.max(0, Math.min(plane.height - 1, y1 - margin + y)) * plane.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = plane.data[row + Math.max(0, Math.min(plane.width - 1, x1 - margin + x))]!;
    }
  }
  return { width, height, margin, data };
}

/** How many pixels of a patch are those of the part itself: rows and columns. */
export function innerOf({ width, height, margin }: Patch): { width: number; height: number } {
  return { width: width - 2 * margin, height: height - 2 * margin };
}
