import { expect, it } from "vitest";
import { boundsOf, coverOf } from "./lasso";

const BOX = [0, 0, 12, 10] as const;
const at = (cover: Uint8Array, x: number, y: number) => cover[y * 12 + x]!;

it("covers whole pixels within and parts of them at the edge", () => {
  const square = [{ x: 2, y: 2 }, { x: 8.5, y: 2 }, { x: 8.5, y: 7.5 }, { x: 2, y: 7.5 }]; // prettier-ignore
  const cover = coverOf(square, BOX);
  expect([at(cover, 2, 2), at(cover, 7, 6), at(cover, 8, 4), at(cover, 4, 7)]).toEqual([255, 255, 128, 128]);
  expect([at(cover, 1, 4), at(cover, 9, 4), at(cover, 4, 8)]).toEqual([0, 0, 0]);
  expect(boundsOf(square)).toEqual([2, 2, 8.5, 7.5]);
});

it("covers what is gone around twice, whichever way, and is cut at its box", () => {
  const twice = [[1, 1], [11, 1], [11, 9], [1, 9], [1, 1], [9, 1], [9, 9], [1, 9]].map(([x, y]) => ({ x: x!, y: y! })); // prettier-ignore
  expect(at(coverOf(twice, BOX), 5, 5)).toBe(255);
  expect(at(coverOf([...twice].reverse(), BOX), 5, 5)).toBe(255);
  const large = [{ x: -50, y: -50 }, { x: 90, y: -50 }, { x: 90, y: 90 }, { x: -50, y: 90 }]; // prettier-ignore
  expect(coverOf(large, BOX).every((level) => level === 255)).toBe(true);
});

it("covers nothing with less than an area", () => {
  expect(coverOf([{ x: 3, y: 3 }, { x: 9, y: 9 }], BOX).every((level) => level === 0)).toBe(true); // prettier-ignore
});
