import type { Box } from "./fit";
import type { Point } from "./view";

const LINES = 4; // that a row of pixels is looked at on, to say how much of a pixel lies inside

export function boundsOf(points: readonly Point[]): Box {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** How much of each pixel of a box lies within an outline, from 0 to 255; what is gone around twice is inside, too. */
export function coverOf(points: readonly Point[], [x1, y1, x2, y2]: Box): Uint8Array {
  const width = x2 - x1;
  const cover = new Uint8Array(width * (y2 - y1));
  const sums = new Float32Array(width + 1);
  for (let y = y1; y < y2; y++) {
    sums.fill(0);
    for (let line = 0; line < LINES; line++) {
      for (const [from, to] of spansAt(points, y + (line + 0.5) / LINES)) {
        addSpan(sums, Math.max(0, from - x1), Math.min(width, to - x1));
      }
    }
    for (let x = 0; x < width; x++) cover[(y - y1) * width + x] = Math.round((255 * sums[x]!) / LINES);
  }
  return cover;
}

function spansAt(points: readonly Point[], y: number): [number, number][] {
  const crossings: { x: number; turn: number }[] = [];
  for (let n = 0; n < points.length; n++) {
    const [a, b] = [points[n]!, points[(n + 1) % points.length]!];
    if (a.y <= y === b.y <= y) continue;
    crossings.push({ x: a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x), turn: a.y < b.y ? 1 : -1 });
  }
  crossings.sort((a, b) => a.x - b.x);
  const spans: [number, number][] = [];
  let turns = 0;
  for (const { x, turn } of crossings) {
    if (turns === 0) spans.push([x, x]);
    turns += turn;
    spans.at(-1)![1] = x;
  }
  return spans;
}

function addSpan(sums: Float32Array, from: number, to: number): void {
  if (to <= from) return;
  const [first, last] = [Math.floor(from), Math.floor(to)];
  if (first === last) {
    sums[first]! += to - from;
    return;
  }
  sums[first]! += first + 1 - from;
  for (let x = first + 1; x < last; x++) sums[x]! += 1;
  sums[last]! += to - last;
}
