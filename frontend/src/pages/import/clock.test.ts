import { expect, test } from "vitest";
import { clock, seconds } from "./clock";

test("times are read and written as people do", () => {
  expect([0, 58, 90, 3723.9].map(clock)).toEqual(["0:00", "0:58", "1:30", "1:02:03"]);
  expect(["90", "1:30", " 1:02:03.5 ", "0:00"].map(seconds)).toEqual([90, 90, 3723.5, 0]);
  expect(["", "x", "1:", ":30", "1:2:3:4", "-5", "1e3"].map(seconds)).toEqual(Array(7).fill(null));
});
