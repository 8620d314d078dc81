import { expect, it } from "vitest";
import { inWords } from "./results";

it("says what a label of either kind says", () => {
  const bbox = [0, 0, 1, 1];
  expect(inWords({ category: "engaged" })).toBe("engaged");
  const boxes = [
    { category: "milk", bbox },
    { category: "jam", bbox },
    { category: "milk", bbox },
  ];
  expect(inWords({ boxes })).toBe("2 milk, 1 jam");
  expect(inWords({ boxes: [] })).toBe("no box");
});
