import { expect, it } from "vitest";
import { fitScale, labelPosition } from "./fit";

it("fits an image into its stage without blowing small ones up for ever", () => {
  expect(fitScale({ width: 1000, height: 500 }, { width: 500, height: 500 })).toBe(0.5);
  expect(fitScale({ width: 10, height: 10 }, { width: 1000, height: 1000 })).toBe(4);
  expect(fitScale({ width: 0, height: 10 }, { width: 100, height: 100 })).toBe(1);
});

it("puts a label above its box, and inside at the image's upper edge", () => {
  expect(labelPosition([5, 40, 50, 80], 20)).toEqual({ x: 5, y: 20 });
  expect(labelPosition([5, 10, 50, 80], 20)).toEqual({ x: 5, y: 10 });
});
