import { expect, it } from "vitest";
import { FITTED, within, zoomAt } from "./view";

it("zooms at the cursor: what is under it stays there", () => {
  const at = { x: 100, y: -40 };
  const before = { zoom: 2, x: 10, y: 5 };
  const after = zoomAt(before, 1.5, at);
  const under = (view: typeof before) => [(at.x - view.x) / view.zoom, (at.y - view.y) / view.zoom];
  expect(after.zoom).toBe(3);
  under(after).forEach((value, n) => expect(value).toBeCloseTo(under(before)[n]!));
});

it("never shows less than the whole image, nor more than sixteenfold", () => {
  expect(zoomAt(FITTED, 0.2, { x: 50, y: 50 })).toEqual(FITTED);
  expect(zoomAt(FITTED, 1000, { x: 0, y: 0 }).zoom).toBe(16);
});

it("moves an enlarged image up to its edges, and a fitting one not at all", () => {
  const stage = { width: 100, height: 100 };
  expect(within({ zoom: 2, x: 500, y: -500 }, { width: 200, height: 160 }, stage)).toEqual({
    zoom: 2,
    x: 50,
    y: -30,
  });
  expect(within({ zoom: 1, x: 9, y: 9 }, { width: 90, height: 100 }, stage)).toEqual(FITTED);
});
