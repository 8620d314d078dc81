import { expect, it } from "vitest";
import { FITTED, Scene, within, zoomAt } from "./view";

it("zooms at the cursor: what is under it stays there", () => {
  const at = { x: 100, y: -40 };
  const before = { zoom: 2, x: 10, y: 5 };
  const after = zoomAt(before, 1.5, at);
  const under = (view: typeof before) => [(at.x - view.x) / view.zoom, (at.y - view.y) / view.zoom];
  expect(after.zoom).toBe(3);
  under(after).forEach((value, n) => expect(value).toBeCloseTo(under(before)[n]!));
});

it("never shows less than the whole image, nor more than sixteenfold", () => {
  expect(zoomAt(FITTED, 0.2, { x: 50, y: 50 })).toEqual(FITTED);
  expect(zoomAt(FITTED, 1000, { x: 0, y: 0 }).zoom).toBe(16);
});

it("moves an enlarged image up to its edges, and a fitting one not at all", () => {
  const stage = { width: 100, height: 100 };
  expect(within({ zoom: 2, x: 500, y: -500 }, { width: 200, height: 160 }, stage)).toEqual({
    zoom: 2,
    x: 50,
    y: -30,
  });
  expect(within({ zoom: 1, x: 9, y: 9 }, { width: 90, height: 100 }, stage)).toEqual(FITTED);
});

const scene = new Scene({ width: 4000, height: 2000 }, { width: 1024, height: 624 }, FITTED);

it("goes from the stage to the image and back", () => {
  const { scale, x, y } = scene.zoomed(3, { x: 200, y: 100 }).camera;
  const at = scene.zoomed(3, { x: 200, y: 100 }).toImage({ x: 300, y: 250 });
  expect(at.x * scale + x).toBeCloseTo(300);
  expect(at.y * scale + y).toBeCloseTo(250);
});

it("keeps what is under the cursor there, up to 32 pixels of the screen to one of the image", () => {
  const before = scene.toImage({ x: 500, y: 300 });
  const near = scene.zoomed(40, { x: 500, y: 300 });
  expect(near.toImage({ x: 500, y: 300 }).x).toBeCloseTo(before.x);
  expect(near.zoomed(1e6, { x: 500, y: 300 }).camera.scale).toBeCloseTo(32);
  expect(near.zoomed(1e-9, { x: 0, y: 0 }).camera).toEqual(scene.camera);
});

it("brings a box into sight that is out of it or too small, and leaves the others alone", () => {
  expect(scene.showing([1000, 500, 2000, 900])).toBe(scene);
  const tiny = scene.showing([3000, 1000, 3010, 1006]);
  expect(tiny.camera.scale * 10).toBeCloseTo(64);
  const [left, top, right, bottom] = tiny.seen;
  expect(left < 3000 && right > 3010 && top < 1000 && bottom > 1006).toBe(true);
  expect(tiny.showing([0, 0, 4000, 2000]).camera.scale * 4000).toBeLessThan(1024);
  const away = tiny.showing([100, 100, 160, 160]);
  expect(away.seen[0]).toBeLessThan(100);
  expect(away.seen[2]).toBeGreaterThan(160);
});

it("looks further along an enlarged image by shares of the stage, and not along one that is all in sight", () => {
  const near = scene.zoomed(4, { x: 512, y: 312 });
  const { scale } = near.camera;
  const [left, top] = near.seen;
  const along = near.paged(0.1, -0.5);
  expect(along.seen[0]).toBeCloseTo(left + (0.1 * 1024) / scale);
  expect(along.seen[1]).toBeCloseTo(top - (0.5 * 624) / scale);
  expect(scene.paged(0.5, 0.5).camera).toEqual(scene.camera);
});
