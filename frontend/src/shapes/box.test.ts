import { describe, expect, it } from "vitest";
import { around, between, boxAt, clipped, grown, handleAt, moved, resized, rounded } from "./box";
import type { Box } from "./fit";

const image = { width: 100, height: 80 };
const box: Box = [20, 20, 40, 30];

describe("boxes", () => {
  it("lie between two points in whatever order, and do not leave the image", () => {
    expect(between({ x: 40, y: 5 }, { x: 10, y: 25 }, image)).toEqual([10, 5, 40, 25]);
    expect(between({ x: -5, y: 70 }, { x: 10, y: 200 }, image)).toEqual([0, 70, 10, 80]);
  });

  it("go around four extreme points", () => {
    const points = [
      { x: 30, y: 10 },
      { x: 12, y: 20 },
      { x: 25, y: 44 },
      { x: 60, y: 30 },
    ];
    expect(around(points, image)).toEqual([12, 10, 60, 44]);
  });

  it("keep their size when they are moved against an edge", () => {
    expect(moved(box, -50, 5, image)).toEqual([0, 25, 20, 35]);
    expect(moved(box, 500, 500, image)).toEqual([80, 70, 100, 80]);
  });

  it("turn over when a handle is pulled past the other side", () => {
    expect(resized(box, "e", { x: 10, y: 0 }, image)).toEqual([10, 20, 20, 30]);
    expect(resized(box, "nw", { x: 50, y: 60 }, image)).toEqual([40, 30, 50, 60]);
    expect(resized(box, "s", { x: 0, y: 500 }, image)).toEqual([20, 20, 40, 80]);
  });

  it("are never less than a pixel wide or high, at the image's edge either", () => {
    expect(resized(box, "e", { x: 20.2, y: 0 }, image)).toEqual([20, 20, 21, 30]);
    const [x1, , x2] = resized([99, 0, 100, 10], "w", { x: 99.9, y: 0 }, image);
    expect(x2 - x1).toBeGreaterThanOrEqual(1);
    expect(x2).toBeLessThanOrEqual(100);
    expect(grown(box, -500, -500, image)).toEqual([20, 20, 21, 21]);
    expect(grown(box, 500, 0, image)).toEqual([20, 20, 100, 30]);
  });

  it("are taken hold of by the nearest handle within reach, corners before sides", () => {
    expect(handleAt(box, { x: 21, y: 19 }, 4)).toBe("nw");
    expect(handleAt(box, { x: 30, y: 30.5 }, 4)).toBe("s");
    expect(handleAt(box, { x: 30, y: 25 }, 3)).toBeNull();
  });

  it("let the smallest one under a point be found, and nothing beside them", () => {
    const boxes = [{ bbox: [0, 0, 90, 70] as Box }, { bbox: box }];
    expect(boxAt(boxes, { x: 25, y: 25 }, 0)).toBe(boxes[1]);
    expect(boxAt(boxes, { x: 80, y: 60 }, 0)).toBe(boxes[0]);
    expect(boxAt(boxes, { x: 95, y: 75 }, 2)).toBeNull();
    expect(boxAt(boxes, { x: 91, y: 71 }, 2)).toBe(boxes[0]);
  });

  it("are cut off and rounded inside of the image", () => {
    expect(clipped([-3, 2, 300, 90], image)).toEqual([0, 2, 100, 80]);
    expect(rounded([0.004, 1.23456, 99.9999, 80], image)).toEqual([0, 1.23, 100, 80]);
  });
});
