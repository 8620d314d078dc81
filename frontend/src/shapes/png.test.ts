import { deflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { emptyPlane, type Plane } from "./plane";
import { decodePng, encodePng } from "./png";
import { unfilter } from "./png-rows";

function plane(width: number, height: number, level: (x: number, y: number) => number): Plane {
  const made = emptyPlane({ width, height });
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) made.data[y * width + x] = level(x, y);
  return made;
}

it("gives back all 256 levels exactly, of every shape", async () => {
  for (const one of [
    plane(256, 1, (x) => x),
    plane(1, 256, (_, y) => y),
    plane(1, 1, () => 7),
    plane(333, 77, (x, y) => (x * 31 + y * y * 17) % 256),
    plane(300, 300, (x, y) => (x < 100 ? 0 : Math.min(255, (x - 100) * 2 + (y >> 5)))),
  ])
    expect(await decodePng(await encodePng(one))).toEqual(one);
});

it("writes nothing but the pixels, in three chunks, the same bytes for the same pixels", async () => {
  const one = plane(64, 64, (x, y) => (x + y) % 256);
  const file = await encodePng(one);
  const names = [...Buffer.from(file).toString("latin1").matchAll(/IHDR|IDAT|IEND|tEXt|gAMA/g)].map(([name]) => name); // prettier-ignore
  expect(names).toEqual(["IHDR", "IDAT", "IEND"]);
  expect(await encodePng(one)).toEqual(file);
  expect(file.length).toBeLessThan(400); // of 4,096 pixels
});

it("undoes each of the five filters", () => {
  const wanted = plane(5, 5, (x, y) => (x * 50 + y * 90) % 256);
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : wanted.data[y * 5 + x]!);
  const paeth = (a: number, b: number, c: number) =>
    [a, b, c].sort((m, n) => Math.abs(a + b - c - m) - Math.abs(a + b - c - n))[0]!;
  const rows = new Uint8Array(30);
  for (let y = 0; y < 5; y++) {
    rows[y * 6] = y;
    for (let x = 0; x < 5; x++) {
      const [a, b, c] = [at(x - 1, y), at(x, y - 1), at(x - 1, y - 1)];
      rows[y * 6 + 1 + x] = at(x, y) - [0, a, b, (a + b) >> 1, paeth(a, b, c)][y]!;
    }
  }
  const found = emptyPlane(wanted);
  unfilter(rows, 5, 5, found, [0, 0, 1, 1]);
  expect(found).toEqual(wanted);
});

it("reads an interlaced file", async () => {
  const wanted = plane(13, 9, (x, y) => (x * 19 + y * 7) % 256);
  const passes = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]; // prettier-ignore
  const rows: number[] = [];
  for (const [x0, y0, dx, dy] of passes as [number, number, number, number][])
    for (let y = y0; y < 9; y += dy) {
      if (x0 >= 13) continue;
      rows.push(0);
      for (let x = x0; x < 13; x += dx) rows.push(wanted.data[y * 13 + x]!);
    }
  const file = await encodePng(wanted);
  const data = deflateSync(Uint8Array.from(rows));
  const head = file.slice(0, 41);
  head[28] = 1;
  new DataView(head.buffer).setUint32(33, data.length);
  expect(await decodePng(Uint8Array.from([...head, ...data, 0, 0, 0, 0]))).toEqual(wanted);
});

it("refuses what is no grey PNG of 8 bits, what is cut, and what is longer than it says", async () => {
  const file = await encodePng(plane(40, 40, (x, y) => x ^ y));
  const changed = (at: number, value: number) => {
    const copy = file.slice();
    copy[at] = value;
    return copy;
  };
  await expect(decodePng(changed(24, 16))).rejects.toThrow("8-bit grey");
  await expect(decodePng(changed(25, 2))).rejects.toThrow("8-bit grey");
  await expect(decodePng(new Uint8Array(50))).rejects.toThrow("8-bit grey");
  await expect(decodePng(file.slice(0, 70))).rejects.toThrow();
  await expect(decodePng(changed(23, 39))).rejects.toThrow("damaged");
  await expect(decodePng(changed(23, 41))).rejects.toThrow("damaged");
});
