import { expect, it } from "vitest";
import { fitScale, placed } from "./fit";

it("fits an image into its stage without blowing small ones up for ever", () => {
  expect(fitScale({ width: 1000, height: 500 }, { width: 500, height: 500 })).toBe(0.5);
  expect(fitScale({ width: 10, height: 10 }, { width: 1000, height: 1000 })).toBe(4);
  expect(fitScale({ width: 0, height: 10 }, { width: 100, height: 100 })).toBe(1);
  expect(fitScale({ width: 10, height: 10 }, { width: -4, height: 100 })).toBe(1);
});

it("places boxes by shares, a label inside at the upper edge, and below where another stands above", () => {
  const image = { width: 200, height: 100 };
  const [first, near, upper] = placed(
    [
      [20, 20, 100, 50],
      [40, 22, 120, 60],
      [180, 2, 190, 50],
    ],
    image,
  );
  expect(first).toEqual({ left: 0.1, top: 0.2, right: 0.5, bottom: 0.5, at: "above" });
  expect(near).toMatchObject({ at: "below", bottom: 0.6 });
  expect(upper).toMatchObject({ at: "inside" });
});
