import { expect, it } from "vitest";
import { type Dab, type Ink, paintWay, reachOf, softness } from "./brush";
import { emptyPlane, type Plane } from "./plane";

const INK: Ink = { target: 255, hardness: 1, opacity: 1, flat: false };
const at = (x: number, y: number, radius = 8, strength = 1): Dab => ({ x, y, radius, strength });

function painted(plane: Plane, dabs: Dab[], ink: Ink = INK): Plane {
  const base = plane.data.slice();
  const cover = new Uint8Array(base.length);
  const whole = [0, 0, plane.width, plane.height] as const;
  dabs.forEach((to, n) => paintWay(plane, whole, base, cover, dabs[n - 1] ?? to, to, ink));
  return plane;
}
const canvas = (level = 0) => {
  const plane = emptyPlane({ width: 64, height: 48 });
  plane.data.fill(level);
  return plane;
};
const level = (plane: Plane, x: number, y: number) => plane.data[y * plane.width + x]!;

it("paints a hard disc whole, with a rim of a pixel", () => {
  const plane = painted(canvas(), [at(32, 24), at(32, 24)]);
  expect(level(plane, 32, 24)).toBe(255);
  expect(level(plane, 38, 24)).toBe(255);
  expect(level(plane, 41, 24)).toBe(0);
  const area = plane.data.reduce((sum, value) => sum + value, 0) / 255;
  expect(area).toBeCloseTo(Math.PI * 64, -1);
});

it("falls off softly, in many levels, and never grows towards the edge", () => {
  const plane = painted(canvas(), [at(32, 24, 20), at(32, 24, 20)], { ...INK, hardness: 0 });
  const row = Array.from({ length: 21 }, (_, n) => level(plane, 32 + n, 24));
  row.slice(1).forEach((value, n) => expect(value).toBeLessThanOrEqual(row[n]!));
  expect(new Set(row).size).toBeGreaterThan(15);
  expect([softness(0, 20, 0), softness(20.5, 20, 0)]).toEqual([1, 0]);
});

it("does not see where a way was cut, nor that a stroke went over itself", () => {
  const soft = { ...INK, hardness: 0.2, opacity: 0.5 };
  const once = painted(canvas(), [at(10, 10), at(50, 30)], soft);
  const cut = painted(canvas(), [at(10, 10), at(30, 20), at(50, 30), at(10, 10)], soft);
  expect(cut.data).toEqual(once.data);
  expect(Math.max(...once.data)).toBe(128);
});

it("erases towards background, from what was there before the stroke", () => {
  const plane = painted(canvas(200), [at(32, 24), at(33, 24)], { ...INK, target: 0, opacity: 0.5 });
  expect(level(plane, 32, 24)).toBe(100);
  expect(level(plane, 5, 5)).toBe(200);
});

it("paints a trimap with its three levels alone", () => {
  const plane = painted(canvas(255), [at(20, 20, 9.3), at(40, 25, 4)], { ...INK, target: 128, flat: true });
  expect(new Set(plane.data)).toEqual(new Set([255, 128]));
});

it("follows a pen's pressure, by size and by strength", () => {
  const thin = painted(canvas(), [at(10, 24, 1), at(54, 24, 10)]);
  expect([level(thin, 12, 29), level(thin, 52, 29)]).toEqual([0, 255]);
  const weak = painted(canvas(), [at(10, 24, 5, 0.2), at(54, 24, 5, 1)]);
  expect(level(weak, 12, 24)).toBeLessThan(level(weak, 52, 24));
});

it("touches nothing beyond its reach, nor beyond the part it is given", () => {
  const plane = canvas();
  const part = [16, 16, 32, 32] as const;
  const side = 16 * 16;
  paintWay(plane, part, new Uint8Array(side), new Uint8Array(side), at(0, 0, 60), at(64, 48, 60), INK);
  plane.data.forEach((value, n) => {
    const [x, y] = [n % 64, Math.floor(n / 64)];
    expect(value).toBe(x >= 16 && x < 32 && y >= 16 && y < 32 ? 255 : 0);
  });
  expect(reachOf(at(10, 10, 4), at(20, 12, 2))).toEqual([5.5, 5.5, 22.5, 14.5]);
});
