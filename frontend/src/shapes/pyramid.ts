import type { Box } from "./fit";
import { around, isEmptyBox, type Plane } from "./plane";

type Level = { plane: Plane; stale: Box | null };

/** A plane at half its size, a quarter, and so on: means of four pixels, made where they are looked at. */
export class Pyramid {
  private readonly levels: Level[];

  constructor(plane: Plane) {
    this.levels = [{ plane, stale: null }];
  }

  /** Pixels of the plane have changed. */
  invalidate(box: Box): void {
    let [x1, y1, x2, y2] = box;
    for (const level of this.levels.slice(1)) {
      [x1, y1, x2, y2] = [x1 >> 1, y1 >> 1, (x2 + 1) >> 1, (y2 + 1) >> 1];
      level.stale = around(level.stale, [x1, y1, x2, y2]);
    }
  }

  /** Halved so many times, or until there is a single pixel. */
  level(times: number): Plane {
    let above = this.levels[0]!;
    for (let n = 1; n <= times; n++) {
      const { width, height } = above.plane;
      if (width === 1 && height === 1) break;
      const level = (this.levels[n] ??= made(width, height));
      if (level.stale) halve(above.plane, level.plane, level.stale);
      level.stale = null;
      above = level;
    }
    return above.plane;
  }
}

function made(width: number, height: number): Level {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const plane = { ...half, data: new Uint8Array(half.width * half.height) };
  return { plane, stale: [0, 0, half.width, half.height] };
}

/** Fills a box of the smaller plane. An odd last row or column counts twice. */
function halve(from: Plane, to: Plane, [x1, y1, x2, y2]: Box): void {
  if (isEmptyBox([x1, y1, x2, y2])) return;
  const { data } = from;
  const last = from.width - 1;
  for (let y = y1; y < y2; y++) {
    const above = 2 * y * from.width;
    const below = Math.min(2 * y + 1, from.height - 1) * from.width;
    const out = y * to.width;
    // No more than numbers in here: it runs when an image is opened, before the browser has made it quick.
    for (let x = x1; x < x2; x++) {
      const left = 2 * x;
      const right = left < last ? left + 1 : last;
      to.data[out + x] =
        (data[above + left]! + data[above + right]! + data[below + left]! + data[below + right]! + 2) >> 2;
    }
  }
}
