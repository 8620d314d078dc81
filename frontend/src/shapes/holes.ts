import { FOREGROUND, type Plane } from "./plane";

const NEARLY = 250; // from there on it counts as foreground

/** With all holes filled: what is less than foreground, and is led to by no such way from the image's edge. */
export function filled(plane: Plane): Plane {
  const { width, height, data } = plane;
  const open = new Uint8Array(data.length); // 1 where a way from the edge leads
  const waiting: number[] = [];
  const enter = (at: number) => {
    if (open[at] || data[at]! >= NEARLY) return;
    open[at] = 1;
    waiting.push(at);
  };
  for (let x = 0; x < width; x++) {
    enter(x);
    enter((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    enter(y * width);
    enter(y * width + width - 1);
  }
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const x = at % width;
    if (x) enter(at - 1);
    if (x < width - 1) enter(at + 1);
    if (at >= width) enter(at - width);
    if (at < data.length - width) enter(at + width);
  }
  return { ...plane, data: data.map((level, n) => (level < NEARLY && !open[n] ? FOREGROUND : level)) };
}
