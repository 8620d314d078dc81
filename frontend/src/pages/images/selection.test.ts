import { expect, test } from "vitest";
import { extended, toggled } from "./selection";

const ids = [10, 11, 12, 13, 14];
const none = { all: false, ids: new Set<number>(), anchor: 0 };

test("an image is chosen and left again", () => {
  const one = toggled(none, ids, 2);
  expect([...one.ids]).toEqual([12]);
  expect(toggled(one, ids, 2).ids.size).toBe(0);
});

test("Shift takes all from the last one that was chosen, either way", () => {
  const from = toggled(none, ids, 3);
  expect([...extended(from, ids, 1).ids].sort()).toEqual([11, 12, 13]);
  expect([...extended(from, ids, 4).ids].sort()).toEqual([13, 14]);
});

test("of all that fit, one that is left out leaves the others that are loaded", () => {
  const all = { ...none, all: true };
  expect(toggled(all, ids, 0)).toMatchObject({ all: false, ids: new Set([11, 12, 13, 14]) });
});

test("nothing is chosen where there is no image", () => {
  expect(toggled(none, ids, 99)).toBe(none);
});
