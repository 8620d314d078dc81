import type { Box } from "../shapes/fit";
import { isEmptyBox } from "../shapes/plane";
import type { Pyramid } from "../shapes/pyramid";
import type { Shade } from "./matte-views";
import type { Sheet } from "./sheets";

const SQUARE = 8; // of the board behind a cut-out, in pixels of the page

/** Where the columns or rows of the display lie on a plane: its two nearest pixels, and how near the second one is, of 256. */
type Places = { first: Int32Array; second: Int32Array; near: Uint16Array; from: number; to: number };

let room = new Uint32Array(0);

/**
 * Paints a part of the display, a box of its whole pixels, with the levels of a plane. Enlarged, its pixels are seen as such;
 * from further away each pixel of the display is the mean of those below it, between two steps of the pyramid.
 */
export function paintPlane(
  sheet: Sheet,
  box: Box,
  pyramid: Pyramid,
  shade: Shade,
  backdrop: Uint32Array | null,
): void {
  if (isEmptyBox(box)) return;
  const { context, camera, ratio } = sheet;
  const step = 1 / (camera.scale * ratio);
  const times = Math.max(0, Math.ceil(Math.log2(step) - 1e-6));
  const plane = pyramid.level(times);
  const whole = pyramid.level(0);
  const shrunk = 1 / 2 ** times;
  const along = (from: number, to: number, shift: number, size: number, most: number) =>
    placesOf({ from, to, step, offset: -shift / camera.scale, size, most, shrunk });
  const xs = along(box[0], box[2], camera.x, whole.width, plane.width);
  const ys = along(box[1], box[3], camera.y, whole.height, plane.height);
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  if (room.length < width * height) room = new Uint32Array(width * height);
  room.fill(0, 0, width * height);
  const levels = new Uint8Array(width);
  for (let y = ys.from; y < ys.to; y++) {
    const [above, below] = [ys.first[y]! * plane.width, ys.second[y]! * plane.width];
    readRow(plane.data, above, below, ys.near[y]!, xs, levels);
    colorRow(levels, xs, room, y * width, { shade, backdrop, left: box[0], top: box[1] + y, ratio, across: context.canvas.width }); // prettier-ignore
  }
  const pixels = new Uint8ClampedArray(room.buffer, 0, 4 * width * height);
  context.putImageData(new ImageData(pixels, width, height), box[0], box[1]);
}

type Along = {
  from: number;
  to: number;
  step: number;
  offset: number;
  size: number;
  most: number;
  shrunk: number;
};

function placesOf({ from, to, step, offset, size, most, shrunk }: Along): Places {
  const count = to - from;
  const places = { first: new Int32Array(count), second: new Int32Array(count), near: new Uint16Array(count), from: count, to: 0 }; // prettier-ignore
  for (let n = 0; n < count; n++) {
    const at = (from + n + 0.5) * step + offset;
    if (at < 0 || at >= size) continue;
    places.from = Math.min(places.from, n);
    places.to = n + 1;
    // Enlarged, the pixel that it lies on; else between the middles of two.
    const place = shrunk === 1 ? Math.floor(at) : Math.max(0, at * shrunk - 0.5);
    const first = Math.min(most - 1, Math.floor(place));
    places.first[n] = first;
    places.second[n] = Math.min(most - 1, first + 1);
    places.near[n] = shrunk === 1 ? 0 : Math.round(256 * (place - Math.floor(place)));
  }
  return places;
}

function readRow(
  data: Uint8Array,
  above: number,
  below: number,
  near: number,
  xs: Places,
  levels: Uint8Array,
): void {
  for (let x = xs.from; x < xs.to; x++) {
    const [left, right, share] = [xs.first[x]!, xs.second[x]!, xs.near[x]!];
    const a = data[above + left]!;
    if (!share && !near) {
      levels[x] = a;
      continue;
    }
    const [b, c, d] = [data[above + right]!, data[below + left]!, data[below + right]!];
    const top = (a << 8) + (b - a) * share;
    const bottom = (c << 8) + (d - c) * share;
    levels[x] = ((top << 8) + (bottom - top) * near + 32768) >> 16;
  }
}

type Coloring = {
  shade: Shade;
  backdrop: Uint32Array | null;
  left: number;
  top: number;
  ratio: number;
  across: number;
};

function colorRow(levels: Uint8Array, xs: Places, out: Uint32Array, to: number, how: Coloring): void {
  const { shade, backdrop, left, top, ratio, across } = how;
  const { table, other } = shade;
  if (other) {
    const side = Math.max(1, Math.round(SQUARE * ratio));
    const odd = Math.floor(top / side) & 1;
    for (let x = xs.from; x < xs.to; x++) {
      out[to + x] = (Math.floor((left + x) / side) & 1) === odd ? table[levels[x]!]! : other[levels[x]!]!;
    }
  } else if (shade.picture && backdrop) {
    const row = top * across + left;
    for (let x = xs.from; x < xs.to; x++) {
      // Its own colours, covered as the table says: levels that are tried out are in there.
      out[to + x] = (backdrop[row + x]! & 0xffffff) | (table[levels[x]!]! & 0xff000000);
    }
  } else {
    for (let x = xs.from; x < xs.to; x++) out[to + x] = table[levels[x]!]!;
  }
}
