import { expect, it } from "vitest";
import { inShort, labelOf, same } from "./labels";

const milk = { id: "a", category: "milk", bbox: [1, 2, 3, 4] };
const jam = { id: "b", category: "jam", bbox: [5, 6, 7, 8] };

it("tells labels apart by what they say, not by the order or the ids of boxes", () => {
  expect(same({ category: "engaged" }, { category: "engaged" })).toBe(true);
  expect(same({ category: "engaged" }, { category: "animated" })).toBe(false);
  expect(same({ boxes: [milk, jam] }, { boxes: [jam, { ...milk, id: "c" }] })).toBe(true);
  expect(same({ boxes: [milk, milk] }, { boxes: [milk, jam] })).toBe(false);
  expect(same({ boxes: [{ ...milk, bbox: [1, 2, 3, 5] }] }, { boxes: [milk] })).toBe(false);
  expect(same({ boxes: [] }, null)).toBe(false);
  expect(same({ boxes: [] }, { boxes: [] })).toBe(true);
  expect(same(null, undefined)).toBe(true);
});

it("says a label in short", () => {
  expect(inShort({ category: "engaged" })).toBe("engaged");
  expect(inShort({ boxes: [milk] })).toBe("1 box");
  expect(inShort({ boxes: [milk, jam] })).toBe("2 boxes");
  expect(inShort({ boxes: [] })).toBe("no box");
});

it("takes nothing for a label that is none", () => {
  expect(labelOf(undefined)).toBeNull();
  expect(labelOf({ shape: "x" })).toBeNull();
  expect(labelOf({ alpha: "x" })).toEqual({ alpha: "x" });
  expect(labelOf({ boxes: [] })).toEqual({ boxes: [] });
});

it("tells mattes apart by their files", () => {
  expect(same({ alpha: "a" }, { alpha: "a" })).toBe(true);
  expect(same({ alpha: "a" }, { alpha: "b" })).toBe(false);
  expect(same({ alpha: "a", trimap: "t" }, { alpha: "a" })).toBe(false);
  expect(same({ alpha: "a" }, { boxes: [] })).toBe(false);
  expect(inShort({ alpha: "a" })).toBe("matte");
});
