import { expect, test } from "vitest";
import { clock, grouped, size } from "./format";

test("thousands are set apart, and nothing else is", () => {
  expect([0, 7, 999, 1_000, 12_345, 100_000, 1_234_567].map(grouped)).toEqual([
    "0",
    "7",
    "999",
    "1,000",
    "12,345",
    "100,000",
    "1,234,567",
  ]);
});

test("bytes are said in the unit that fits", () => {
  expect([0, 999, 1400, 12_345, 2_500_000_000].map(size)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.4 kB",
    "12 kB",
    "2.5 GB",
  ]);
});

test("a place in a video is said to the millisecond, and in hours only where there are some", () => {
  expect([0, 3, 62.52, 599.9996, 3723.5].map(clock)).toEqual([
    "0:00",
    "0:03",
    "1:02.52",
    "10:00",
    "1:02:03.5",
  ]);
});
