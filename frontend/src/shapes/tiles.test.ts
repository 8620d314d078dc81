import { expect, it } from "vitest";
import { emptyPlane } from "./plane";
import { packed, readTile, TILE, tileBox, tilesIn, unpacked, writeTile } from "./tiles";

it("finds the tiles that a box touches, and no others", () => {
  const size = { width: 600, height: 300 };
  expect(tilesIn([0, 0, 256, 256], size)).toEqual([0]);
  expect(tilesIn([255, 255, 257, 257], size)).toEqual([0, 1, 3, 4]);
  expect(tilesIn([10, 10, 10, 20], size)).toEqual([]);
  expect(tileBox(5, size)).toEqual([512, 256, 600, 300]);
});

it("takes a tile out of a plane and puts it back, at the edges too", () => {
  const plane = emptyPlane({ width: 300, height: 270 });
  plane.data.forEach((_, n) => (plane.data[n] = (n * 7) % 251));
  const before = plane.data.slice();
  const tile = readTile(plane, 3);
  expect(tile.length).toBe((300 - TILE) * (270 - TILE));
  writeTile(plane, 3, 9);
  expect(plane.data[269 * 300 + 299]).toBe(9);
  expect(plane.data[0]).toBe(before[0]);
  writeTile(plane, 3, tile);
  expect(plane.data).toEqual(before);
});

it("packs runs and stretches, and gives back the same pixels", () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, n) => (n * n * 31 + (n >> 3)) % 256);
  const soft = Uint8Array.from({ length: 5000 }, (_, n) => (n % 500 < 460 ? 255 : n % 256));
  const pairs = Uint8Array.from({ length: 999 }, (_, n) => (n >> 1) % 7);
  for (const pixels of [noise, soft, pairs, Uint8Array.of(1), Uint8Array.of(1, 1, 2)])
    expect(unpacked(packed(pixels), pixels.length)).toEqual(pixels);
  expect((packed(soft) as Uint8Array).length).toBeLessThan(soft.length / 5);
  expect((packed(noise) as Uint8Array).length).toBeLessThan(noise.length * 1.01);
});

it("keeps a tile of one level as one number", () => {
  expect(packed(new Uint8Array(65536).fill(255))).toBe(255);
  expect(unpacked(255, 3)).toEqual(Uint8Array.of(255, 255, 255));
});
