import type { Box, Size } from "./fit";
import { isEmptyBox, type Plane } from "./plane";

export const TILE = 256;

/** A part of a plane as it is kept: of one level alone that level, else its pixels, packed. */
export type Tile = number | Uint8Array;

/** The places of the tiles that a box of whole pixels touches. */
export function tilesIn(box: Box, { width }: Size): number[] {
  if (isEmptyBox(box)) return [];
  const across = Math.ceil(width / TILE);
  const places: number[] = [];
  for (let row = Math.floor(box[1] / TILE); row <= Math.floor((box[3] - 1) / TILE); row++)
    for (let column = Math.floor(box[0] / TILE); column <= Math.floor((box[2] - 1) / TILE); column++)
      places.push(row * across + column);
  return places;
}

export function tileBox(place: number, { width, height }: Size): Box {
  const across = Math.ceil(width / TILE);
  const [x, y] = [(place % across) * TILE, Math.floor(place / across) * TILE];
  return [x, y, Math.min(width, x + TILE), Math.min(height, y + TILE)];
}

export function readTile(plane: Plane, place: number): Uint8Array {
  const [x1, y1, x2, y2] = tileBox(place, plane);
  const pixels = new Uint8Array((x2 - x1) * (y2 - y1));
  for (let y = y1; y < y2; y++) {
    const row = y * plane.width;
    pixels.set(plane.data.subarray(row + x1, row + x2), (y - y1) * (x2 - x1));
  }
  return pixels;
}

export function writeTile(plane: Plane, place: number, pixels: Uint8Array | number): void {
  const [x1, y1, x2, y2] = tileBox(place, plane);
  for (let y = y1; y < y2; y++) {
    const row = y * plane.width;
    if (typeof pixels === "number") plane.data.fill(pixels, row + x1, row + x2);
    else plane.data.set(pixels.subarray((y - y1) * (x2 - x1), (y - y1 + 1) * (x2 - x1)), row + x1);
  }
}

export function samePixels(a: Uint8Array, b: Uint8Array): boolean {
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}

/** The level of all the pixels, if they have one. */
export function uniform(pixels: Uint8Array): number | null {
  const [first = 0] = pixels;
  for (let n = 1; n < pixels.length; n++) if (pixels[n] !== first) return null;
  return first;
}

const LONGEST = 128;

/**
 * Runs of equal levels and stretches of others: n below 128 says that n + 1 pixels follow, else n - 127 equal ones of the
 * level that follows (as PackBits, Apple 1987). A matte is even nearly everywhere, so undo costs a tenth of its pixels.
 */
export function packed(pixels: Uint8Array): Tile {
  const level = uniform(pixels);
  if (level !== null) return level;
  const out = new Uint8Array(pixels.length + Math.ceil(pixels.length / LONGEST));
  let [to, from] = [0, 0];
  while (from < pixels.length) {
    const most = Math.min(LONGEST, pixels.length - from);
    let run = 1;
    while (run < most && pixels[from + run] === pixels[from]) run++;
    if (run > 2) {
      out[to++] = 127 + run;
      out[to++] = pixels[from]!;
      from += run;
      continue;
    }
    let length = run;
    while (length < most && !isRun(pixels, from + length)) length++;
    out[to++] = length - 1;
    out.set(pixels.subarray(from, from + length), to);
    to += length;
    from += length;
  }
  return out.slice(0, to);
}

function isRun(pixels: Uint8Array, at: number): boolean {
  return pixels[at] === pixels[at + 1] && pixels[at] === pixels[at + 2];
}

export function unpacked(tile: Tile, length: number): Uint8Array {
  const pixels = new Uint8Array(length);
  if (typeof tile === "number") return pixels.fill(tile);
  let to = 0;
  for (let from = 0; from < tile.length;) {
    const code = tile[from++]!;
    if (code >= LONGEST) {
      pixels.fill(tile[from++]!, to, to + code - 127);
      to += code - 127;
    } else {
      pixels.set(tile.subarray(from, from + code + 1), to);
      from += code + 1;
      to += code + 1;
    }
  }
  return pixels;
}
