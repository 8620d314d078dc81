import { beforeEach, expect, it, vi } from "vitest";
import { emptyPlane } from "../shapes/plane";
import { Pyramid } from "../shapes/pyramid";
import { paintPlane } from "./matte-paint";
import { MATTE_VIEW, shadeOf } from "./matte-views";
import type { Sheet } from "./sheets";

/** A canvas that keeps its pixels, which is all that is asked of one here. */
class Pixels {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}
const SIDE = 64;
let shown: Uint8Array;

function sheet(scale: number, x = 0, y = 0, ratio = 1): Sheet {
  const putImageData = (pixels: Pixels, left: number, top: number) => {
    for (let row = 0; row < pixels.height; row++)
      shown.set(
        pixels.data.subarray(4 * row * pixels.width, 4 * (row + 1) * pixels.width),
        4 * ((top + row) * SIDE + left),
      );
  };
  const context = {
    putImageData,
    canvas: { width: SIDE, height: SIDE },
  } as unknown as CanvasRenderingContext2D;
  return { context, camera: { scale, x, y }, stage: { width: SIDE / ratio, height: SIDE / ratio }, ratio };
}
const ALL = [0, 0, SIDE, SIDE] as const;
const pixel = (x: number, y: number) => [...shown.subarray(4 * (y * SIDE + x), 4 * (y * SIDE + x) + 4)];
const grey = shadeOf({ ...MATTE_VIEW, name: "grey" });

function plane(width: number, height: number, level: (x: number, y: number) => number) {
  const made = emptyPlane({ width, height });
  made.data.forEach((_, n) => (made.data[n] = level(n % width, Math.floor(n / width))));
  return new Pyramid(made);
}

beforeEach(() => {
  vi.stubGlobal("ImageData", Pixels);
  shown = new Uint8Array(4 * SIDE * SIDE);
});

it("shows each pixel as it is where the image is enlarged, on displays of any density", () => {
  const steps = plane(16, 16, (x, y) => 16 * y + x);
  for (const [scale, ratio] of [
    [4, 1],
    [2, 2],
    [4 / 3, 3],
  ] as const) {
    // prettier-ignore
    paintPlane(sheet(scale, 0, 0, ratio), ALL, steps, grey, null);
    for (const [x, y] of [
      [0, 0],
      [63, 63],
      [17, 42],
    ] as const) {
      // prettier-ignore
      const level = 16 * Math.floor(y / 4) + Math.floor(x / 4);
      expect(pixel(x, y)).toEqual([level, level, level, 255]);
    }
  }
});

it("shows means from further away, and nothing beside the image", () => {
  const board = plane(256, 256, (x, y) => ((x + y) % 2 ? 255 : 0));
  paintPlane(sheet(1 / 8, 16, 16), ALL, board, grey, null);
  expect(pixel(30, 30)).toEqual([128, 128, 128, 255]);
  expect(pixel(15, 30)).toEqual([0, 0, 0, 0]);
  expect(pixel(48, 30)).toEqual([0, 0, 0, 0]);
});

it("paints a part as it would paint it with all the rest", () => {
  const steps = plane(300, 300, (x, y) => (x * 3 + y * 7) % 256);
  for (const scale of [0.3, 0.7, 1.5]) {
    paintPlane(sheet(scale, -20.3, -11.7), ALL, steps, grey, null);
    const whole = shown.slice();
    shown.fill(0);
    for (const box of [
      [0, 0, 20, 64],
      [20, 0, 64, 31],
      [20, 31, 64, 64],
    ] as const)
      // prettier-ignore
      paintPlane(sheet(scale, -20.3, -11.7), box, steps, grey, null);
    expect(shown).toEqual(whole);
  }
});

it("covers the picture with what is behind the foreground, and by how much it is not foreground", () => {
  const steps = plane(256, 1, (x) => x);
  const look = (part: Partial<typeof MATTE_VIEW>, level: number) => {
    const { table } = shadeOf({ ...MATTE_VIEW, ...part });
    const value = table[level]!;
    return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
  };
  expect(look({ name: "cutout", backdrop: "white" }, 200)).toEqual([255, 255, 255, 55]);
  expect(look({ name: "cutout", backdrop: "color", color: "#102030" }, 0)).toEqual([16, 32, 48, 255]);
  expect(look({ name: "overlay", opacity: 0.5 }, 255)[3]).toBe(128);
  expect(look({ name: "overlay" }, 0)[3]).toBe(0);
  expect(look({ name: "grey" }, 77)).toEqual([77, 77, 77, 255]);
  const backdrop = new Uint32Array(SIDE * SIDE).fill(0xff0000ff);
  paintPlane(sheet(1), ALL, steps, shadeOf({ ...MATTE_VIEW, name: "cutout", backdrop: "picture" }), backdrop);
  expect(pixel(60, 0)).toEqual([255, 0, 0, 195]);
});

it("lays a board behind a cut-out whose squares stay where they are on the display", () => {
  const clear = plane(64, 64, () => 0);
  const checker = shadeOf({ ...MATTE_VIEW, name: "cutout", backdrop: "checker" });
  paintPlane(sheet(1), ALL, clear, checker, null);
  expect([pixel(0, 0)[0], pixel(8, 0)[0], pixel(8, 8)[0], pixel(16, 8)[0]]).toEqual([255, 204, 255, 204]);
  const whole = shown.slice();
  paintPlane(sheet(1), [3, 5, 50, 40], clear, checker, null);
  expect(shown).toEqual(whole);
});

it("shows levels as they are tried out, before a picture too", () => {
  const levels = Uint8Array.from({ length: 256 }, (_, level) => 255 - level);
  expect(shadeOf({ ...MATTE_VIEW, name: "grey" }, levels).table[255]! & 255).toBe(0);
  const before = shadeOf({ ...MATTE_VIEW, name: "cutout", backdrop: "picture" }, levels);
  const backdrop = new Uint32Array(SIDE * SIDE).fill(0xff0000ff);
  paintPlane(
    sheet(1),
    ALL,
    plane(64, 1, (x) => x),
    before,
    backdrop,
  );
  expect(pixel(60, 0)).toEqual([255, 0, 0, 60]);
});
