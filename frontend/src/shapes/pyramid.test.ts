import { expect, it } from "vitest";
import { emptyPlane } from "./plane";
import { Pyramid } from "./pyramid";

it("halves by means, down to one pixel, with odd sides", () => {
  const plane = emptyPlane({ width: 5, height: 3 });
  plane.data.fill(100);
  plane.data[0] = 200;
  const pyramid = new Pyramid(plane);
  expect(pyramid.level(0)).toBe(plane);
  expect(pyramid.level(1)).toMatchObject({ width: 3, height: 2 });
  expect([...pyramid.level(1).data]).toEqual([125, 100, 100, 100, 100, 100]);
  expect(pyramid.level(9)).toMatchObject({ width: 1, height: 1 });
});

it("is the same after changes as one that is made anew", () => {
  const plane = emptyPlane({ width: 101, height: 77 });
  plane.data.forEach((_, n) => (plane.data[n] = (n * 13) % 256));
  const pyramid = new Pyramid(plane);
  pyramid.level(4);
  for (const [x1, y1, x2, y2] of [
    [3, 5, 40, 9],
    [90, 70, 101, 77],
    [0, 0, 1, 1],
  ] as const) {
    for (let y = y1; y < y2; y++) plane.data.fill(255 - y, y * 101 + x1, y * 101 + x2);
    pyramid.invalidate([x1, y1, x2, y2]);
    const fresh = new Pyramid(plane);
    for (const n of [1, 2, 3, 4]) expect(pyramid.level(n).data).toEqual(fresh.level(n).data);
  }
});
