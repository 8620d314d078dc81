import { expect, it } from "vitest";
import { Pan } from "./pan";

it("moves with one pointer", () => {
  const pan = new Pan();
  pan.down(1, { x: 0, y: 0 });
  expect(pan.move(1, { x: 5, y: -3 })).toEqual({ dx: 5, dy: -3, factor: 1, at: { x: 5, y: -3 } });
  pan.up(1);
  expect(pan.move(1, { x: 9, y: 9 })).toBeNull();
});

it("enlarges with two, around the point between them", () => {
  const pan = new Pan();
  pan.down(1, { x: -10, y: 0 });
  pan.down(2, { x: 10, y: 0 });
  expect(pan.move(2, { x: 30, y: 0 })).toEqual({ dx: 10, dy: 0, factor: 2, at: { x: 10, y: 0 } });
});
