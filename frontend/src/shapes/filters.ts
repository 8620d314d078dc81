import { innerOf, type Patch } from "./tilewise";

/** For each pixel of the part the largest level within a disc of `margin` pixels: grey dilation (Serra 1982). */
export function largest(patch: Patch): Uint8Array {
  const { width, height } = innerOf(patch);
  const reach = patch.margin;
  const out = new Uint8Array(width * height);
  // How wide the disc is in the row that is so many above or below.
  const halves = Array.from({ length: reach + 1 }, (_, dy) => Math.floor(Math.sqrt(reach * reach - dy * dy)));
  let [row, next] = [new Uint8Array(patch.width), new Uint8Array(patch.width)];
  for (let y = 0; y < patch.height; y++) {
    row.set(patch.data.subarray(y * patch.width, (y + 1) * patch.width));
    for (let half = 0; half <= reach; half++) {
      if (half) {
        widen(row, next);
        [row, next] = [next, row];
      }
      for (let dy = 0; dy <= reach; dy++) {
        if (halves[dy] !== half) continue;
        fold(row, reach, out, width, height, y - reach - dy);
        if (dy) fold(row, reach, out, width, height, y - reach + dy);
      }
    }
  }
  return out;
}

/** The largest of each pixel and its neighbours to the left and right. */
function widen(from: Uint8Array, to: Uint8Array): void {
  const last = from.length - 1;
  for (let x = 0; x <= last; x++) {
    let level = from[x]!;
    if (x && from[x - 1]! > level) level = from[x - 1]!;
    if (x < last && from[x + 1]! > level) level = from[x + 1]!;
    to[x] = level;
  }
}

function fold(
  row: Uint8Array,
  shift: number,
  out: Uint8Array,
  width: number,
  height: number,
  y: number,
): void {
  if (y < 0 || y >= height) return;
  for (let x = 0; x < width; x++) {
    const level = row[x + shift]!;
    if (level > out[y * width + x]!) out[y * width + x] = level;
  }
}

/** The smallest within a disc: the largest of what lacks to 255. */
export function smallest(patch: Patch): Uint8Array {
  const out = largest({ ...patch, data: patch.data.map((level) => 255 - level) });
  return out.map((level) => 255 - level);
}

/**
 * Nearly Gaussian blur: three means over boxes that reach a third of the margin, whose deviation is that third and a half
 * (Kovesi 2010).
 */
export function blurred(patch: Patch): Uint8Array {
  const { width, height } = innerOf(patch);
  const { margin } = patch;
  const reach = Math.floor(margin / 3);
  const levels = Float32Array.from(patch.data);
  const made = new Float32Array(levels.length);
  for (let round = 0; round < 3; round++) {
    meansOfRows(levels, made, patch, reach);
    meansOfColumns(made, levels, patch, reach);
  }
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = (y + margin) * patch.width + margin;
    for (let x = 0; x < width; x++) out[y * width + x] = levels[row + x]! + 0.5;
  }
  return out;
}

/** Beyond the edges of a patch nothing is known: what depends on it lies in the margin. */
function meansOfRows(from: Float32Array, to: Float32Array, { width, height }: Patch, reach: number): void {
  const share = 1 / (2 * reach + 1);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = -reach; x < width; x++) {
      if (x + reach < width) sum += from[row + x + reach]!;
      if (x - reach > 0) sum -= from[row + x - reach - 1]!;
      if (x >= 0) to[row + x] = sum * share;
    }
  }
}

function meansOfColumns(from: Float32Array, to: Float32Array, { width, height }: Patch, reach: number): void {
  const share = 1 / (2 * reach + 1);
  const sums = new Float32Array(width);
  for (let y = -reach; y < height; y++) {
    const [fresh, old] = [(y + reach) * width, (y - reach - 1) * width];
    if (y + reach < height) for (let x = 0; x < width; x++) sums[x]! += from[fresh + x]!;
    if (y - reach > 0) for (let x = 0; x < width; x++) sums[x]! -= from[old + x]!;
    if (y >= 0) for (let x = 0; x < width; x++) to[y * width + x] = sums[x]! * share;
  }
}

/** The median of the square within the margin, by a histogram that moves along the row (Huang, Yang and Tang 1979). */
export function medians(patch: Patch): Uint8Array {
  const { width, height } = innerOf(patch);
  const side = 2 * patch.margin + 1;
  const half = (side * side) >> 1;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const counts = new Int32Array(256);
    // How many lie below the level that was the median last.
    let [level, below] = [0, 0];
    for (let x = 0; x < width; x++) {
      for (let row = y; row < y + side; row++) {
        const from = row * patch.width + x;
        if (x) {
          const old = patch.data[from - 1]!;
          counts[old]!--;
          if (old < level) below--;
        }
        for (let column = x ? side - 1 : 0; column < side; column++) {
          const fresh = patch.data[from + column]!;
          counts[fresh]!++;
          if (fresh < level) below++;
        }
      }
      while (below > half) below -= counts[--level]!;
      while (below + counts[level]! <= half) below += counts[level++]!;
      out[y * width + x] = level;
    }
  }
  return out;
}
