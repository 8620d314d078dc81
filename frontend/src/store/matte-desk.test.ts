import "fake-indexeddb/auto";
import { beforeEach, expect, it, vi } from "vitest";
import type { NextItem } from "../api/client";
import type { Plane } from "../shapes/plane";
import { decodePng, encodePng } from "../shapes/png";
import { sha256 } from "../shapes/sha256";
import { type Entry, entryOf } from "./entry";
import type { MatteDocument } from "./matte";
import { MatteDesk } from "./matte-desk";
import { MatteDrafts } from "./matte-drafts";
import type { Workshop } from "./workshop";

const SIZE = { width: 300, height: 280 };
const marks = new Map<string, string>();
const storage = {
  getItem: (name: string) => marks.get(name) ?? null,
  setItem: (name: string, value: string) => void marks.set(name, value),
  removeItem: (name: string) => void marks.delete(name),
};
/** Vitest itself takes a second to compare as many numbers. */
const alike = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
let user = 0;
let server: Map<string, Uint8Array>;

/** The worker's work, done here. */
function workshop() {
  return {
    fetch: vi.fn(async (url: string) => {
      const file = server.get(url.split("/")[3]!);
      if (!file) throw new Error("The server has no matte here (404).");
      return decodePng(file);
    }),
    decode: vi.fn((file: Uint8Array) => decodePng(file)),
    encode: vi.fn(async (plane: Plane) => {
      const data = await encodePng(plane);
      return { sha256: await sha256(data), data };
    }),
    close: () => {},
  };
}
function setUp(person = user) {
  const clerk = { edited: vi.fn(), begin: vi.fn(), settle: vi.fn(), spent: () => 1234 };
  const shop = workshop();
  const drafts = new MatteDrafts(person, storage);
  const desk = new MatteDesk(1, drafts, shop as unknown as Workshop, clerk);
  return { desk, drafts, clerk, shop };
}
function entry(id: number, said: Partial<NextItem> = {}): Entry {
  const image = { id, name: `${id}.png`, ...SIZE };
  return entryOf({ image, prediction: null, annotation: null, sent_back: null, ...said } as NextItem);
}
async function ready(document: MatteDocument | null) {
  await vi.waitFor(() => expect(document!.snapshot().phase).not.toBe("loading"));
  return document!;
}
function paint(document: MatteDocument, x = 100) {
  document.begin("alpha", "Brush");
  const dab = { x, y: 50, radius: 12, strength: 1 };
  document.paint(dab, dab, { target: 255, hardness: 0.5, opacity: 1, flat: false });
  document.finish();
}
async function stored(level: number) {
  const plane = { ...SIZE, data: new Uint8Array(SIZE.width * SIZE.height).fill(level) };
  const file = await encodePng(plane);
  const name = await sha256(file);
  server.set(name, file);
  return name;
}
const predicted = (alpha: string) => ({ prediction: { id: 7, result: { alpha } } }) as Partial<NextItem>;

beforeEach(() => {
  user += 1;
  server = new Map();
});

it("begins with nothing, and makes one file of what is painted, named as the server will name it", async () => {
  const { desk, shop } = setUp();
  const document = await ready(desk.open(entry(1)));
  expect(document.isBlank("alpha")).toBe(true);
  paint(document);
  const { label, files } = await desk.label(document);
  expect(label).toEqual({ alpha: await sha256(files[0]!.data as Uint8Array<ArrayBuffer>) });
  expect(alike((await decodePng(files[0]!.data)).data, document.planes.alpha.data)).toBe(true);
  await desk.label(document);
  expect(shop.encode).toHaveBeenCalledTimes(1);
});

it("submits a pre-label that nobody has touched by its name, without a file", async () => {
  const alpha = await stored(90);
  const { desk, shop } = setUp();
  const document = await ready(desk.open(entry(1, predicted(alpha))));
  expect(document.planes.alpha.data[5]).toBe(90);
  expect(await desk.label(document)).toEqual({ label: { alpha }, files: [] });
  expect(shop.encode).not.toHaveBeenCalled();
});

it("sends a trimap that something was painted on, and none that is empty again", async () => {
  const { desk } = setUp();
  const document = await ready(desk.open(entry(1)));
  const stroke = (target: number) => {
    document.begin("trimap", "Unknown");
    const dab = { x: 30, y: 30, radius: 9, strength: 1 };
    document.paint(dab, dab, { target, hardness: 1, opacity: 1, flat: true });
    document.finish();
  };
  stroke(128);
  expect((await desk.label(document)).label.trimap).toMatch(/^[0-9a-f]{64}$/);
  stroke(0);
  expect((await desk.label(document)).label.trimap).toBeUndefined();
});

it("brings strokes back after the page was closed, by their tiles alone", async () => {
  const alpha = await stored(40);
  const first = setUp();
  const document = await ready(first.desk.open(entry(1, predicted(alpha))));
  paint(document, 250);
  await vi.waitFor(() => expect(first.drafts.unsafe).toBe(false));
  expect((await first.drafts.tiles(1)).map(({ place }) => place)).toEqual([0, 1]);
  const second = setUp();
  expect(second.desk.isReady).toBe(false);
  await second.desk.load();
  expect(second.clerk.begin).toHaveBeenCalledWith(1, 1234);
  const again = await ready(second.desk.open(entry(1, predicted(alpha))));
  expect(alike(again.planes.alpha.data, document.planes.alpha.data)).toBe(true);
  expect(again.snapshot().changed).toBe(true);
});

it("goes on from what was begun, whatever the model says meanwhile", async () => {
  const [old, fresh] = [await stored(40), await stored(200)];
  const first = setUp();
  paint(await ready(first.desk.open(entry(1, predicted(old)))));
  await vi.waitFor(() => expect(first.drafts.unsafe).toBe(false));
  const second = setUp();
  await second.desk.load();
  const again = await ready(second.desk.open(entry(1, predicted(fresh))));
  expect(again.base.alpha).toBe(old);
  expect(again.planes.alpha.data.at(-1)).toBe(40);
});

it("forgets a draft when all is undone, and when it is submitted", async () => {
  const first = setUp();
  const document = await ready(first.desk.open(entry(1)));
  paint(document);
  document.undo();
  await vi.waitFor(() => expect(first.drafts.unsafe).toBe(false));
  expect(await first.drafts.all(1)).toEqual([]);
  document.redo();
  first.desk.settle(1);
  await vi.waitFor(() => expect(first.drafts.unsafe).toBe(false));
  expect([await first.drafts.all(1), await first.drafts.tiles(1)]).toEqual([[], []]);
});

it("makes a draft again of what was submitted and taken back", async () => {
  const { desk, drafts } = setUp();
  const document = await ready(desk.open(entry(1)));
  paint(document);
  desk.settle(1);
  desk.unsettle(entry(1));
  await vi.waitFor(() => expect(drafts.unsafe).toBe(false));
  expect((await drafts.all(1)).map(({ image }) => image)).toEqual([1]);
  expect(await drafts.tiles(1)).toHaveLength(1);
});

it("reads a matte that was made here, though the server has not heard of it", async () => {
  const { desk, shop } = setUp();
  const document = await ready(desk.open(entry(1)));
  paint(document);
  const { label } = await desk.label(document);
  const labeled = { ...entry(1), result: label, uuid: "u" };
  const again = await ready(desk.open(labeled));
  expect(again).not.toBe(document);
  expect(alike(again.planes.alpha.data, document.planes.alpha.data)).toBe(true);
  expect(shop.fetch).not.toHaveBeenCalled();
});

it("keeps another person's drafts out of sight, and another project's", async () => {
  const first = setUp();
  paint(await ready(first.desk.open(entry(1))));
  await vi.waitFor(() => expect(first.drafts.unsafe).toBe(false));
  expect(await first.drafts.all(2)).toEqual([]);
  expect(await new MatteDrafts(user + 1000, storage).all(1)).toEqual([]);
  expect(await new MatteDrafts(user, storage).all(1)).toHaveLength(1);
});

it("says what is wrong with a matte that is missing or of another size, and tries again", async () => {
  const small = await encodePng({ width: 2, height: 2, data: new Uint8Array(4) });
  server.set("small", small);
  const { desk } = setUp();
  const missing = await ready(desk.open(entry(1, predicted("missing"))));
  expect(missing.snapshot()).toMatchObject({
    phase: "failed",
    problem: "The server has no matte here (404).",
  });
  server.set("missing", server.get(await stored(3))!);
  await desk.fill(missing);
  expect(missing.snapshot().phase).toBe("ready");
  const other = await ready(desk.open(entry(2, predicted("small"))));
  expect(other.snapshot().problem).toContain("another size");
});

it("takes both layers as they are at one time, whatever is painted while files are made", async () => {
  const { desk } = setUp();
  const document = await ready(desk.open(entry(1)));
  paint(document);
  const stroke = (x: number) => {
    document.begin("trimap", "Unknown");
    const dab = { x, y: 30, radius: 9, strength: 1 };
    document.paint(dab, dab, { target: 128, hardness: 1, opacity: 1, flat: true });
    document.finish();
  };
  stroke(30);
  const trimap = document.planes.trimap.data.slice();
  const made = desk.label(document);
  stroke(200);
  const { label, files } = await made;
  const file = files.find(({ sha256 }) => sha256 === label.trimap)!;
  expect(alike((await decodePng(file.data)).data, trimap)).toBe(true);
});

it("begins anew with what a reviewer sent back, though it was made on this page", async () => {
  const back = await stored(70);
  const { desk } = setUp();
  const document = await ready(desk.open(entry(1)));
  paint(document);
  desk.submitted(entry(1), (await desk.label(document)).label);
  const again = await ready(desk.open(entry(1, { sent_back: { alpha: back } } as Partial<NextItem>)));
  expect([again.base.alpha, again.planes.alpha.data[0]]).toEqual([back, 70]);
});

it("keeps no tiles of two labels of an image beside each other", async () => {
  const { desk, drafts } = setUp();
  const document = await ready(desk.open(entry(1)));
  paint(document, 30);
  const { label } = await desk.label(document);
  desk.submitted(entry(1), label);
  const labeled = { ...entry(1), result: label, uuid: "u" };
  const other = await ready(desk.open(labeled));
  paint(other, 280);
  desk.unsettle(entry(1)); // the submit is taken back
  await vi.waitFor(() => expect(drafts.unsafe).toBe(false));
  expect((await drafts.tiles(1)).map(({ place }) => place)).toEqual([0]);
  paint(other, 290);
  await vi.waitFor(() => expect(drafts.unsafe).toBe(false));
  const [draft] = await drafts.all(1);
  expect([draft!.from, draft!.base]).toEqual([other.base, "u"]);
  expect((await drafts.tiles(1)).map(({ place }) => place)).toEqual([1]);
  const next = setUp();
  await next.desk.load();
  server.set(label.alpha!, (await desk.file(document, "alpha")).data);
  const restored = await ready(next.desk.open(labeled));
  expect(alike(restored.planes.alpha.data, other.planes.alpha.data)).toBe(true);
});

it("keeps the last few that were submitted, and begins with what was sent where an earlier one is taken back", async () => {
  const { desk, drafts } = setUp();
  const labels = [];
  for (let id = 1; id <= 8; id++) {
    const document = await ready(desk.open(entry(id)));
    paint(document, 20 + 30 * id);
    const { label } = await desk.label(document);
    labels.push({ document, label });
    desk.submitted(entry(id), label);
  }
  desk.unsettle(entry(8));
  expect(desk.open(entry(8))).toBe(labels[7]!.document);
  desk.unsettle(entry(1));
  const again = await ready(desk.open(entry(1)));
  expect(again).not.toBe(labels[0]!.document);
  expect(alike(again.planes.alpha.data, labels[0]!.document.planes.alpha.data)).toBe(true);
  // It may have been refused, and never have arrived.
  const { label, files } = await desk.label(again);
  expect(label).toEqual(labels[0]!.label);
  expect(files.map(({ sha256 }) => sha256)).toEqual([label.alpha]);
  await vi.waitFor(() => expect(drafts.unsafe).toBe(false));
  expect((await drafts.all(1)).map(({ image }) => image)).toEqual([1, 8]);
});

it("warns while something lies in memory alone, until it is submitted", async () => {
  const { desk, drafts } = setUp();
  const store = Reflect.get(drafts, "store") as { run: () => Promise<unknown> };
  const run = vi.spyOn(store, "run").mockRejectedValue(new DOMException("no room", "QuotaExceededError"));
  const document = await ready(desk.open(entry(1)));
  paint(document);
  await vi.waitFor(() => expect(drafts.lacks(1)).toBe(true));
  expect(drafts.unsafe).toBe(true);
  run.mockRestore();
  desk.settle(1);
  await vi.waitFor(() => expect(drafts.unsafe).toBe(false));
});
