import type { Plane } from "./plane";

/** The filters of a PNG's rows (W3C 2003): each byte less its left neighbour, the one above, their mean, or the likeliest. */
const SUB = 1;
const UP = 2;
const MEAN = 3;
const PAETH = 4;

/** Rows as they stand in a PNG, each with its filter's number before it, back into pixels of a plane. */
export function unfilter(
  rows: Uint8Array,
  width: number,
  height: number,
  plane: Plane,
  [x, y, dx, dy]: readonly [number, number, number, number],
): void {
  let above: Uint8Array = new Uint8Array(width);
  for (let n = 0; n < height; n++) {
    const filter = rows[n * (width + 1)]!;
    const row = rows.subarray(n * (width + 1) + 1, (n + 1) * (width + 1));
    restore(filter, row, above);
    const to = (y + n * dy) * plane.width + x;
    if (dx === 1) plane.data.set(row, to);
    else for (let column = 0; column < width; column++) plane.data[to + column * dx] = row[column]!;
    above = row;
  }
}

function restore(filter: number, row: Uint8Array, above: Uint8Array): void {
  if (filter === SUB) {
    for (let n = 1; n < row.length; n++) row[n]! += row[n - 1]!;
  } else if (filter === UP) {
    for (let n = 0; n < row.length; n++) row[n]! += above[n]!;
  } else if (filter === MEAN) {
    for (let n = 0, left = 0; n < row.length; n++)
      left = row[n] = (row[n]! + ((left + above[n]!) >> 1)) & 255;
  } else if (filter === PAETH) {
    for (let n = 0, left = 0, corner = 0; n < row.length; n++) {
      const up = above[n]!;
      left = row[n] = (row[n]! + likeliest(left, up, corner)) & 255;
      corner = up;
    }
  } else if (filter) throw new Error("The matte's file is damaged.");
}

function likeliest(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** The rows of pixels with the filter that makes each the smallest, of three that are quick. */
export function chosenFilters(data: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array((width + 1) * height);
  let above: Uint8Array = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const to = y * (width + 1);
    const filter = chosen(row, above);
    rows[to] = filter;
    if (filter === UP) for (let x = 0; x < width; x++) rows[to + 1 + x] = row[x]! - above[x]!;
    else if (filter === SUB)
      for (let x = 0, left = 0; x < width; x++) {
      rows[to + 1 + x] = row[x]! - left;
      left = row[x]!;
    } // prettier-ignore
    else rows.set(row, to + 1);
    above = row;
  }
  return rows;
}

/** By the sum of what is left, each byte by its size with a sign. */
function chosen(row: Uint8Array, above: Uint8Array): number {
  let [plain, sub, up, left] = [0, 0, 0, 0];
  for (let x = 0; x < row.length; x++) {
    const level = row[x]!;
    plain += level < 128 ? level : 256 - level;
    sub += Math.abs(((level - left) << 24) >> 24);
    up += Math.abs(((level - above[x]!) << 24) >> 24);
    left = level;
  }
  if (up <= sub && up <= plain) return UP;
  return sub <= plain ? SUB : 0;
}
