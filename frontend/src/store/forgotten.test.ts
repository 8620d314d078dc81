import { expect, it } from "vitest";
import { forgotten, type Weighed } from "./forgotten";

const open = (...parts: Partial<Weighed>[]): Weighed[] =>
  parts.map((part, n) => ({ key: String(n), bytes: 10, settled: false, only: false, ...part }));

it("lets nothing go while there is room", () => {
  expect(forgotten(open({}, {}, {}), 30)).toEqual([]);
});

it("lets go what was looked at longest ago, as much as there is no room for", () => {
  expect(forgotten(open({ bytes: 5 }, {}, {}, {}), 25)).toEqual(["0", "1"]);
});

it("keeps the one on screen and the next, however large they are", () => {
  expect(forgotten(open({}, { bytes: 1000 }, { bytes: 1000 }), 30)).toEqual(["0"]);
});

it("keeps what nothing but memory has", () => {
  expect(forgotten(open({ only: true }, {}, {}, {}), 20)).toEqual(["1"]);
});

it("keeps the last few of those that were submitted, though there is room", () => {
  const settled = { settled: true };
  expect(forgotten(open(settled, settled, {}, settled, settled, settled, settled, {}), 1000)).toEqual([
    "0",
    "1",
  ]);
});
