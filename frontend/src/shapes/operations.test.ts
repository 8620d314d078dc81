import { expect, it } from "vitest";
import { type Operation, operated, levelTable, PLAIN_LEVELS } from "./operations";
import { emptyPlane, type Plane } from "./plane";

/** A disc of foreground over the border of four tiles. */
function disc(radius = 60, width = 520, height = 400): Plane {
  const plane = emptyPlane({ width, height });
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (Math.hypot(x - 256, y - 256) <= radius) plane.data[y * width + x] = 255;
  return plane;
}
const level = ({ data, width }: Plane, x: number, y: number) => data[y * width + x]!;
const area = ({ data }: Plane) => data.reduce((sum, value) => sum + value, 0) / 255;

it("grows and shrinks by a disc, across tiles, as the definition says", () => {
  const plane = emptyPlane({ width: 300, height: 40 });
  for (const [x, y, value] of [[255, 20, 200], [258, 22, 90], [2, 2, 255]] as const) plane.data[y * 300 + x] = value; // prettier-ignore
  const grown = operated(plane, { name: "grow", width: 5 });
  for (let y = 0; y < 40; y++)
    for (let x = 0; x < 300; x++) {
      let wanted = 0;
      for (let dy = -5; dy <= 5; dy++)
        for (let dx = -5; dx <= 5; dx++) {
          const [nx, ny] = [x + dx, y + dy];
          if (dx * dx + dy * dy > 25 || nx < 0 || ny < 0 || nx >= 300 || ny >= 40) continue;
          wanted = Math.max(wanted, level(plane, nx, ny));
        }
      if (level(grown, x, y) !== wanted) expect([x, y, level(grown, x, y)]).toEqual([x, y, wanted]);
    }
  const back = operated(operated(disc(), { name: "grow", width: 8 }), { name: "shrink", width: 8 });
  expect(area(back)).toBeCloseTo(area(disc()), -2);
});

it("feathers an edge into many levels, and leaves what is far from it alone", () => {
  const soft = operated(disc(), { name: "feather", width: 12 });
  expect([level(soft, 256, 256), level(soft, 256, 350)]).toEqual([255, 0]);
  const edge = Array.from({ length: 30 }, (_, n) => level(soft, 256 + 45 + n, 256));
  expect(new Set(edge).size).toBeGreaterThan(15);
  edge.slice(1).forEach((value, n) => expect(value).toBeLessThanOrEqual(edge[n]!));
  expect(area(soft)).toBeCloseTo(area(disc()), -2);
});

it("smooths specks away, and keeps a straight edge as sharp as it was", () => {
  const plane = emptyPlane({ width: 64, height: 64 });
  for (let y = 0; y < 64; y++) plane.data.fill(255, y * 64, y * 64 + 32);
  plane.data[10 * 64 + 50] = 255;
  plane.data[20 * 64 + 5] = 0;
  const smooth = operated(plane, { name: "smooth", width: 2 });
  expect([level(smooth, 50, 10), level(smooth, 5, 20)]).toEqual([0, 255]);
  for (let y = 0; y < 64; y++) expect([level(smooth, 31, y), level(smooth, 32, y)]).toEqual([255, 0]);
});

it("inverts to and fro", () => {
  const plane = disc();
  const inverted = operated(plane, { name: "invert" });
  expect(level(inverted, 256, 256)).toBe(0);
  expect(operated(inverted, { name: "invert" }).data).toEqual(plane.data);
});

it("fills what is enclosed, and nothing that leads to the edge", () => {
  const plane = disc();
  plane.data[256 * 520 + 256] = 0;
  plane.data[256 * 520 + 257] = 130;
  for (let x = 280; x < 520; x++) plane.data[300 * 520 + x] = 0; // a way in from the right
  const whole = operated(plane, { name: "fill" });
  expect([level(whole, 256, 256), level(whole, 257, 256)]).toEqual([255, 255]);
  expect([level(whole, 285, 300), level(whole, 10, 10)]).toEqual([0, 0]);
});

it("stretches levels between black and white, and lifts the middle", () => {
  expect([...levelTable(PLAIN_LEVELS)]).toEqual(Array.from({ length: 256 }, (_, n) => n));
  const table = levelTable({ black: 50, white: 200, gamma: 1 });
  expect([table[50], table[125], table[200], table[255]]).toEqual([0, 128, 255, 255]);
  expect(levelTable({ ...PLAIN_LEVELS, gamma: 2 })[64]).toBe(128);
});

it("makes an unknown band around an edge, as wide as it was asked for", () => {
  const trimap = operated(disc(), { name: "band", width: 10 });
  expect([...new Set(trimap.data)].sort((a, b) => a - b)).toEqual([0, 128, 255]);
  expect([level(trimap, 256, 256), level(trimap, 256 + 49, 256)]).toEqual([255, 255]);
  expect([level(trimap, 256 + 52, 256), level(trimap, 256 + 69, 256)]).toEqual([128, 128]);
  expect(level(trimap, 256 + 72, 256)).toBe(0);
  const wider = operated(trimap, { name: "band", width: 5 });
  expect([level(wider, 256 + 47, 256), level(wider, 256 + 73, 256)]).toEqual([128, 128]);
});

it("leaves the plane that it is given as it was", () => {
  const plane = disc();
  const before = plane.data.slice();
  const all: Operation[] = [
    { name: "grow", width: 3 },
    { name: "invert" },
    { name: "fill" },
    { name: "levels", ...PLAIN_LEVELS, black: 9 },
  ];
  all.forEach((operation) => operated(plane, operation));
  expect(plane.data).toEqual(before);
});
