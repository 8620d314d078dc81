import { expect, test } from "vitest";
import { asked, cuts, estimate, FIRST_CHOICE, type Look } from "./taking";

const samples = [4, 4, 6, 6].map((tiles, n) => ({ time: n * 900, boxes: Array(tiles).fill([0, 0, 1, 1]) }));
const look: Look = { file: 1, name: "a.mp4", duration: 3480, width: 1280, height: 720, fps: 25, samples };
const choice = FIRST_CHOICE;

test("the estimate goes by the part, the rate and the tiles of that part", () => {
  const said = (change: object) => estimate(look, asked({ ...choice, ...change }, look.duration) as never);
  expect(said({})).toBe("About 17,400 images from 58:00 at 1 frame a second");
  expect(said({ end: "10:00", fps: "0.5" })).toBe("About 1,200 images from 10:00 at 0.5 frames a second");
  expect(said({ start: "57:59", fps: "30" })).toBe("About 125 images from 0:01 at 30 frames a second");
});

test("what makes no sense is said in a sentence", () => {
  for (const change of [
    { fps: "x" },
    { fps: "31" },
    { fps: "" },
    { near: "" },
    { near: "1.5" },
    { start: "1:" },
  ])
    expect(asked({ ...choice, ...change }, 100)).toMatch(/^(Choose|Write) .+\.$/);
  for (const change of [{ start: "2:00" }, { start: "2:00", end: "3:00" }, { start: "30", end: "0:20" }])
    expect(asked({ ...choice, ...change }, 100)).toMatch(/begin before/);
  expect(asked({ ...choice, start: "0:30", end: "1:00" }, 100)).toEqual({
    fps: 1,
    near_duplicates: 4,
    start: 30,
    end: 60,
  });
});

test("a single face's crop is cut out, the whole frame is not", () => {
  expect(cuts(look, [[0, 0, 1280, 720]])).toEqual([]);
  expect(cuts(look, [[0, 0, 900, 720]])).toEqual([[0, 0, 900, 720]]);
});
