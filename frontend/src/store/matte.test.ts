import { expect, it, vi } from "vitest";
import type { Dab, Ink } from "../shapes/brush";
import { emptyPlane } from "../shapes/plane";
import { MatteDocument } from "./matte";
import type { Change } from "./history";

const INK: Ink = { target: 255, hardness: 1, opacity: 1, flat: false };
const dab = (x: number, y: number, radius = 10): Dab => ({ x, y, radius, strength: 1 });

function opened(width = 600, height = 300, tiles: readonly Change[] = []) {
  const document = new MatteDocument({ id: 1, width, height }, { alpha: null, trimap: null });
  document.load({}, tiles);
  return document;
}
function stroke(document: MatteDocument, x: number, y: number, ink = INK) {
  document.begin("alpha", "Brush");
  document.paint(dab(x, y), dab(x + 20, y), ink);
  return document.finish();
}
/** Vitest itself takes a second to compare as many numbers. */
const alike = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const copy = (document: MatteDocument) => document.planes.alpha.data.slice();

it("undoes and redoes strokes, a hundred of them, to the very pixels", () => {
  const document = opened();
  const states = [copy(document)];
  for (let n = 0; n < 100; n++) {
    expect(stroke(document, 20 + n * 5, 20 + n * 2, n % 3 ? INK : { ...INK, target: 90, opacity: 0.5 })).toBe(
      true,
    );
    states.push(copy(document));
  }
  for (let n = 99; n >= 0; n--) {
    expect(document.undo()).toBe("Brush");
    expect(alike(document.planes.alpha.data, states[n]!)).toBe(true);
  }
  expect(document.undo()).toBeNull();
  expect(document.snapshot()).toMatchObject({ canUndo: false, canRedo: true, changed: false });
  for (let n = 1; n <= 100; n++) document.redo();
  expect(alike(document.planes.alpha.data, states[100]!)).toBe(true);
});

it("forgets what could be done again when something else is done", () => {
  const document = opened();
  stroke(document, 50, 50);
  document.undo();
  stroke(document, 90, 90);
  expect(document.redo()).toBeNull();
});

it("takes a stroke back that was broken off, and counts none that changed nothing", () => {
  const document = opened();
  document.begin("alpha", "Brush");
  document.paint(dab(250, 250), dab(270, 250), INK);
  expect(document.drop()).toBe(true);
  expect(document.isBlank("alpha")).toBe(true);
  document.begin("alpha", "Eraser");
  document.paint(dab(20, 20), dab(40, 20), { ...INK, target: 0 });
  expect(document.finish()).toBe(false);
  expect(document.snapshot().canUndo).toBe(false);
});

it("says which pixels are to be painted anew, and which tiles are to be kept", () => {
  const document = opened();
  const seen = vi.fn();
  const kept = vi.fn();
  document.watch(seen);
  document.kept = kept;
  stroke(document, 240, 20);
  const [[layer, box]] = seen.mock.calls as [[string, number[]]];
  expect([layer, box]).toEqual(["alpha", [229, 9, 271, 31]]);
  const [changes] = kept.mock.calls[0] as [Change[]];
  expect(changes.map(({ place }) => place)).toEqual([0, 1]);
  document.undo();
  expect((kept.mock.calls[1] as [Change[]])[0].map(({ tile }) => tile)).toEqual([0, 0]);
});

it("comes back from its tiles as it was, and knows that it was changed", () => {
  const first = opened();
  const tiles = new Map<string, Change>();
  first.kept = (changes) => changes.forEach((one) => tiles.set(`${one.layer} ${one.place}`, one));
  stroke(first, 240, 240);
  stroke(first, 500, 100, { ...INK, hardness: 0, opacity: 0.7 });
  first.begin("trimap", "Unknown");
  first.paint(dab(40, 40), dab(60, 40), { ...INK, target: 128, flat: true });
  first.finish();
  const again = opened(600, 300, [...tiles.values()]);
  expect(alike(again.planes.alpha.data, first.planes.alpha.data)).toBe(true);
  expect(alike(again.planes.trimap.data, first.planes.trimap.data)).toBe(true);
  expect([again.changes("alpha"), again.changes("trimap"), again.snapshot().canUndo]).toEqual([
    true,
    true,
    false,
  ]);
  expect(again.before().data.every((level) => level === 0)).toBe(true);
});

it("shows what is proposed, and makes one step of it or nothing", () => {
  const document = opened();
  stroke(document, 100, 100);
  const before = copy(document);
  const part = { ...emptyPlane({ width: 50, height: 40 }) };
  part.data.fill(200);
  const proposal = {
    what: "Segment",
    window: [90, 80, 140, 120] as const,
    part,
    how: "add" as const,
    choose: true,
  };
  expect(document.propose(proposal)).toBe(true);
  expect(document.planes.alpha.data[85 * 600 + 95]).toBe(200);
  expect(document.planes.alpha.data[100 * 600 + 105]).toBe(255);
  expect(document.begin("alpha", "Brush")).toBe(false);
  document.reject();
  expect(alike(document.planes.alpha.data, before)).toBe(true);
  document.propose(proposal);
  expect(document.accept("subtract")).toBe(true);
  expect(document.planes.alpha.data[100 * 600 + 105]).toBe(55);
  expect(document.undo()).toBe("Segment");
  expect(alike(document.planes.alpha.data, before)).toBe(true);
});

it("keeps the matte of when it was opened beside all changes", () => {
  const document = opened();
  const plane = emptyPlane({ width: 600, height: 300 });
  plane.data.fill(77);
  document.load({ alpha: plane });
  stroke(document, 100, 100);
  document.become("alpha", emptyPlane(plane), "Invert");
  expect(document.before().data.every((level) => level === 77)).toBe(true);
  expect(document.isBlank("alpha")).toBe(true);
});

it("tells before from what is only proposed, and from a stroke that goes on", () => {
  const document = opened();
  stroke(document, 100, 100);
  const part = emptyPlane({ width: 600, height: 300 });
  part.data.fill(9);
  const window = [0, 0, 600, 300] as const;
  document.propose({ what: "Solve", window, part, how: "replace", choose: false });
  expect(document.before().data.every((level) => level === 0)).toBe(true);
  document.reject();
  document.begin("alpha", "Brush");
  document.paint(dab(400, 200), dab(420, 200), INK);
  expect(document.before().data.every((level) => level === 0)).toBe(true);
});

it("knows what it takes in memory, with all that can be undone", () => {
  const document = opened();
  expect(document.bytes).toBe(2 * 600 * 300);
  const noise = emptyPlane({ width: 600, height: 300 });
  noise.data.forEach((_, n) => (noise.data[n] = (n * 7919) % 251));
  document.become("alpha", noise, "Noise");
  document.become("alpha", emptyPlane(noise), "Nothing");
  expect(document.bytes).toBeGreaterThan(3 * 600 * 300);
});

it("packs no tile again that is at hand", () => {
  const document = opened();
  stroke(document, 100, 100);
  const at: Change = { layer: "alpha", place: 0, tile: 7 };
  expect(document.touched([at])).toEqual([at]);
  stroke(document, 400, 100);
  expect(document.touched([at]).map(({ place }) => place)).toEqual([0, 1]);
});
