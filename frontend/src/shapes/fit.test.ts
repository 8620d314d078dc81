import { expect, it } from "vitest";
import { fitScale, placed } from "./fit";

it("fits an image into its stage without blowing small ones up for ever", () => {
  expect(fitScale({ width: 1000, height: 500 }, { width: 500, height: 500 })).toBe(0.5);
  expect(fitScale({ width: 10, height: 10 }, { width: 1000, height: 1000 })).toBe(4);
  expect(fitScale({ width: 0, height: 10 }, { width: 100, height: 100 })).toBe(1);
  expect(fitScale({ width: 10, height: 10 }, { width: -4, height: 100 })).toBe(1);
});

it("places a box by shares, and its label inside at the upper edge and to the left at the right one", () => {
  const image = { width: 200, height: 100 };
  expect(placed([20, 10, 100, 50], image)).toEqual({
    left: 0.1,
    top: 0.1,
    right: 0.5,
    bottom: 0.5,
    inside: false,
    fromRight: false,
  });
  expect(placed([180, 2, 190, 50], image)).toMatchObject({ inside: true, fromRight: true });
});
