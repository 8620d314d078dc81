import { beforeEach, expect, it, vi } from "vitest";
import { MatteDocument } from "../store/matte";
import { Observable } from "../store/observable";
import type { Pointer } from "./hands";
import { MatteGestures } from "./matte-gestures";
import { BRUSH, type BrushSettings, type MattePreview, type MatteToolName } from "./matte-tool";

let document: MatteDocument;
let gestures: MatteGestures;
let tool: MatteToolName;
let brush: BrushSettings;
const said: string[] = [];
const segment = vi.fn();
const shift = vi.fn();
const reveal = vi.fn();
const preview = new Observable<MattePreview | null>(null);

beforeEach(() => {
  document = new MatteDocument({ id: 1, width: 200, height: 100 }, { alpha: null, trimap: null });
  document.load({});
  [tool, brush] = ["brush", { ...BRUSH, size: 20, hardness: 1 }];
  said.length = 0;
  segment.mockClear();
  shift.mockClear();
  reveal.mockClear();
  const bench = {
    document,
    preview,
    brush: () => brush,
    say: (text: string) => void said.push(text),
    reveal,
    segment,
  };
  gestures = new MatteGestures(bench, () => tool, shift);
});

const pointer = (x: number, y: number, rest: Partial<Pointer> = {}): Pointer => {
  const at = { x, y };
  return { id: 1, kind: "mouse", button: 0, on: at, at, scale: 1, select: false, ...rest };
};
function stroke(from: [number, number], to: [number, number], rest: Partial<Pointer> = {}) {
  gestures.down(pointer(...from, rest));
  gestures.move(pointer(...to, rest));
  gestures.up(pointer(...to, rest));
}
const level = (x: number, y: number, layer: "alpha" | "trimap" = "alpha") =>
  document.planes[layer].data[y * 200 + x];

it("paints and erases, a step a stroke, and Control turns the one into the other", () => {
  stroke([20, 20], [60, 20]);
  expect([level(40, 20), level(40, 40)]).toEqual([255, 0]);
  tool = "erase";
  stroke([40, 20], [41, 20]);
  expect(level(40, 20)).toBe(0);
  stroke([40, 20], [41, 20], { select: true });
  expect(level(40, 20)).toBe(255);
  expect([document.undo(), document.undo(), document.undo(), document.undo()]).toEqual(["Eraser", "Eraser", "Brush", null]); // prettier-ignore
});

it("paints the trimap's three levels, and leaves the matte alone", () => {
  brush.opacity = 0.2;
  for (const [name, value] of [
    ["foreground", 255],
    ["unknown", 128],
    ["background", 0],
  ] as const) {
    tool = name;
    stroke([50, 50], [60, 50]);
    expect(level(55, 50, "trimap")).toBe(value);
  }
  expect(document.isBlank("alpha")).toBe(true);
});

it("follows a pen's pressure, and not that of its lifting", () => {
  gestures.down(pointer(20, 50, { kind: "pen", pressure: 0.2 }));
  gestures.move(pointer(100, 50, { kind: "pen", pressure: 1 }));
  gestures.up(pointer(100, 50, { kind: "pen", pressure: 0 }));
  expect([level(22, 57), level(99, 57)]).toEqual([0, 255]);
  stroke([100, 50], [101, 50], { kind: "pen", eraser: true });
  expect(level(100, 50)).toBe(0);
});

it("makes background of the trimap with a pen's other end, where the trimap is painted", () => {
  stroke([50, 50], [60, 50]);
  tool = "unknown";
  stroke([50, 50], [60, 50]);
  stroke([50, 50], [60, 50], { kind: "pen", eraser: true });
  expect([level(55, 50, "trimap"), level(55, 50)]).toEqual([0, 255]);
});

it("has the layer looked at on which a stroke begins, and none where it may not begin", () => {
  stroke([20, 20], [60, 20]);
  tool = "unknown";
  stroke([20, 20], [60, 20]);
  tool = "lasso";
  gestures.down(pointer(20, 20));
  expect(reveal.mock.calls).toEqual([["alpha"], ["trimap"], ["alpha"]]);
  gestures.cancel();
  document.setBusy("Grow");
  tool = "unknown";
  stroke([20, 20], [60, 20]);
  expect(reveal).toHaveBeenCalledTimes(3);
});

it("goes on with a stroke though another tool is taken before the pointer is lifted", () => {
  gestures.down(pointer(20, 20));
  gestures.move(pointer(60, 20));
  tool = "unknown";
  gestures.move(pointer(100, 20));
  gestures.up(pointer(100, 20));
  expect([level(40, 20), level(80, 20), document.isBlank("trimap")]).toEqual([255, 255, true]);
});

it("ends a stroke and a lasso where they are, and points at nothing any more", () => {
  gestures.down(pointer(20, 20));
  gestures.move(pointer(60, 20));
  expect(gestures.finish()).toBe(true);
  gestures.move(pointer(120, 80));
  gestures.up(pointer(120, 80));
  expect([level(40, 20), level(100, 60), document.undo()]).toEqual([255, 0, "Brush"]);
  tool = "lasso";
  gestures.down(pointer(20, 20));
  for (const [x, y] of [[80, 20], [80, 80]] as const) gestures.move(pointer(x, y)); // prettier-ignore
  gestures.finish();
  expect([level(70, 40), document.undo()]).toEqual([255, "Lasso"]);
  tool = "segment";
  gestures.down(pointer(20, 20));
  expect(gestures.finish()).toBe(true);
  expect([segment.mock.calls.length, gestures.finish()]).toEqual([0, false]);
});

it("moves the image, whatever the tool, where there is nothing to work on", () => {
  gestures = new MatteGestures(null, () => tool, shift);
  stroke([20, 20], [60, 20]);
  expect([shift.mock.calls.length, gestures.cursor(pointer(20, 20))]).toEqual([1, "grab"]);
  expect([gestures.cancel(), gestures.finish()]).toEqual([false, false]);
});

it("takes a stroke back when a second finger comes, and moves the image", () => {
  const touch = { kind: "touch" };
  gestures.down(pointer(20, 20, touch));
  gestures.move(pointer(60, 20, touch));
  expect(level(40, 20)).toBe(255);
  gestures.down(pointer(100, 60, { ...touch, id: 2 }));
  expect(document.isBlank("alpha")).toBe(true);
  gestures.move(pointer(110, 70, { ...touch, id: 2 }));
  expect(shift).toHaveBeenCalled();
  gestures.up(pointer(110, 70, { ...touch, id: 2 }));
  gestures.move(pointer(90, 20, touch));
  gestures.up(pointer(90, 20, touch));
  expect(document.snapshot().canUndo).toBe(false);
});

it("does not take a hand that rests beside the pen for a finger", () => {
  gestures.down(pointer(20, 20, { kind: "pen", pressure: 1 }));
  gestures.down(pointer(150, 90, { kind: "touch", id: 2 }));
  gestures.move(pointer(60, 20, { kind: "pen", pressure: 1 }));
  gestures.up(pointer(60, 20, { kind: "pen" }));
  expect(level(50, 20)).toBe(255);
  expect(shift).not.toHaveBeenCalled();
});

it("moves the image with the middle button, the space bar and the hand, and paints nothing then", () => {
  stroke([20, 20], [60, 20], { button: 1 });
  gestures.space = true;
  stroke([20, 20], [60, 20]);
  gestures.space = false;
  tool = "pan";
  stroke([20, 20], [60, 20]);
  expect([document.isBlank("alpha"), shift.mock.calls.length]).toEqual([true, 3]);
});

it("fills what the lasso goes around, and erases with Control", () => {
  tool = "lasso";
  const around = (rest: Partial<Pointer> = {}) => {
    gestures.down(pointer(20, 20, rest));
    for (const [x, y] of [[80, 20], [80, 80], [20, 80]] as const) gestures.move(pointer(x, y, rest)); // prettier-ignore
    gestures.up(pointer(20, 80, rest));
  };
  around();
  expect([level(50, 50), level(79, 79), level(90, 50)]).toEqual([255, 255, 0]);
  around({ select: true });
  expect(document.isBlank("alpha")).toBe(true);
});

it("asks for what lies under a click or in a drag, and for nothing beside the image", () => {
  tool = "segment";
  stroke([30, 40], [31, 40]);
  stroke([10, 10], [90, 60]);
  stroke([-20, 10], [-20, 10]);
  expect(segment.mock.calls).toEqual([[{ point: { x: 30, y: 40 } }], [{ box: [10, 10, 90, 60] }]]);
});

it("says why nothing is painted while something is proposed", () => {
  const part = { width: 10, height: 10, data: new Uint8Array(100).fill(255) };
  document.propose({ what: "Solve", window: [0, 0, 10, 10], part, how: "replace", choose: false });
  stroke([50, 50], [60, 50]);
  expect(level(55, 50)).toBe(0);
  expect(said).toEqual(["Accept or reject what is proposed first."]);
});

it("leaves a stroke at Escape, and its rest means nothing", () => {
  gestures.down(pointer(20, 20));
  gestures.move(pointer(60, 20));
  expect(gestures.cancel()).toBe(true);
  gestures.move(pointer(90, 20));
  gestures.up(pointer(90, 20));
  expect(document.isBlank("alpha")).toBe(true);
});
