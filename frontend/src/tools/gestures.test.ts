import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Box } from "../shapes/fit";
import { BoxDocument } from "../store/boxes";
import { Observable } from "../store/observable";
import { Gestures } from "./gestures";
import type { Bench, Preview, ToolName } from "./tool";

const image = { id: 1, width: 1000, height: 800 };
let document: BoxDocument;
let preview: Observable<Preview | null>;
let gestures: Gestures;
let tool: ToolName;
let open: boolean;
let snapped: (box: Box | null) => void;
const shift = vi.fn();
const say = vi.fn();
const snap = vi.fn<Bench["snap"]>(() => new Promise((resolve) => (snapped = resolve)));

/** A pointer on a stage that shows each pixel of the image as one. */
const at = (x: number, y: number, more = {}) => ({
  id: 1, kind: "mouse", button: 0, on: { x, y }, at: { x, y }, scale: 1, select: false, ...more,
}); // prettier-ignore

const drag = (...points: readonly (readonly [number, number])[]) => {
  const [first, last] = [points[0]!, points.at(-1)!];
  gestures.down(at(...first));
  points.slice(1).forEach((point) => gestures.move(at(...point)));
  gestures.up(at(...last));
};
const click = (x: number, y: number) => drag([x, y]);
const boxes = () => document.snapshot().regions.map(({ bbox }) => bbox);

beforeEach(() => {
  document = new BoxDocument(image, []);
  preview = new Observable<Preview | null>(null);
  tool = "draw";
  open = true;
  vi.clearAllMocks();
  let made = 0;
  const bench: Bench = {
    document,
    preview,
    category: () => "milk",
    newId: () => `b${made++}`,
    isOpen: () => open,
    say,
    snap,
  };
  gestures = new Gestures(bench, () => tool, shift);
});

describe("drawing", () => {
  it("makes a box by a drag, which is chosen and said", () => {
    drag([10, 20], [50, 60], [110, 80]);
    expect(boxes()).toEqual([[10, 20, 110, 80]]);
    expect(document.snapshot().selected).toBe("b0");
    expect(say).toHaveBeenCalledWith("Box milk drawn, 1 box.");
    expect(preview.snapshot()).toBeNull();
  });

  it("makes a box by two clicks, with a slip of the hand in them", () => {
    click(10, 20);
    gestures.move(at(60, 70));
    expect(preview.snapshot()?.box).toEqual([10, 20, 60, 70]);
    drag([110, 80], [111, 81]);
    expect(boxes()).toEqual([[10, 20, 111, 81]]);
  });

  it("ends at the image's edge, and makes nothing beside it", () => {
    drag([900, 700], [1500, 900]);
    drag([1200, 100], [1300, 200]);
    expect(boxes()).toEqual([[900, 700, 1000, 800]]);
  });

  it("leaves a half-drawn box at Escape", () => {
    click(10, 20);
    expect(gestures.cancel()).toBe(true);
    click(300, 300);
    expect(boxes()).toEqual([]);
    gestures.cancel();
    expect(gestures.cancel()).toBe(false);
  });

  it("never comes of a pinch, nor of the finger that stays", () => {
    gestures.down(at(100, 100, { kind: "touch" }));
    gestures.move(at(140, 140, { kind: "touch" }));
    gestures.down(at(300, 300, { id: 2, kind: "touch" }));
    gestures.move(at(400, 400, { id: 2, kind: "touch" }));
    expect(shift).toHaveBeenCalledOnce();
    expect(shift.mock.lastCall![0].factor).toBeGreaterThan(1);
    gestures.up(at(400, 400, { id: 2, kind: "touch" }));
    gestures.move(at(200, 200, { kind: "touch" }));
    gestures.up(at(200, 200, { kind: "touch" }));
    expect(boxes()).toEqual([]);
    expect(preview.snapshot()).toBeNull();
  });

  it("leaves the image where it is for the rest of a drag that Escape ended", () => {
    gestures.down(at(10, 10));
    gestures.move(at(50, 50));
    gestures.cancel();
    gestures.move(at(90, 90));
    gestures.up(at(90, 90));
    expect(shift).not.toHaveBeenCalled();
    expect(boxes()).toEqual([]);
    drag([10, 10], [20, 20]);
    expect(boxes()).toEqual([[10, 10, 20, 20]]);
  });

  it.each(["after", "before"])("goes on with a pen when the hand lies down %s it", (when) => {
    const palm = (x: number) => at(x, 500, { id: 2, kind: "touch" });
    const pen = (x: number, y: number) => at(x, y, { kind: "pen" });
    if (when === "before") gestures.down(palm(400));
    gestures.down(pen(10, 10));
    if (when === "after") gestures.down(palm(400));
    gestures.move(palm(410));
    gestures.move(pen(90, 80));
    gestures.up(pen(90, 80));
    gestures.move(palm(420));
    gestures.up(palm(420));
    expect(shift).not.toHaveBeenCalled();
    expect(boxes()).toEqual([[10, 10, 90, 80]]);
  });

  it("keeps the first corner of two clicks over a pinch", () => {
    click(10, 10);
    gestures.down(at(100, 100, { kind: "touch" }));
    gestures.down(at(300, 300, { id: 2, kind: "touch" }));
    gestures.up(at(300, 300, { id: 2, kind: "touch" }));
    gestures.up(at(100, 100, { kind: "touch" }));
    click(50, 60);
    expect(boxes()).toEqual([[10, 10, 50, 60]]);
  });

  it("gives way to the middle button and the space bar, which move the image", () => {
    gestures.down(at(10, 10, { button: 1 }));
    gestures.move(at(30, 15, { button: -1 }));
    gestures.up(at(30, 15, { button: 1 }));
    expect(shift).toHaveBeenCalledWith(expect.objectContaining({ dx: 20, dy: 5, factor: 1 }));
    gestures.space = true;
    drag([10, 10], [90, 90]);
    expect(boxes()).toEqual([]);
  });

  it("loses nothing but the box in hand when the system takes the pointer", () => {
    gestures.down(at(10, 10));
    gestures.move(at(90, 90));
    gestures.lost(1);
    expect(preview.snapshot()).toBeNull();
    drag([10, 10], [20, 20]);
    expect(boxes()).toEqual([[10, 10, 20, 20]]);
  });
});

describe("extreme points", () => {
  beforeEach(() => {
    tool = "extremes";
  });

  it("make a box with the fourth click, in any order", () => {
    click(50, 10);
    click(10, 40);
    click(60, 90);
    expect(boxes()).toEqual([]);
    expect(preview.snapshot()?.points).toHaveLength(3);
    click(100, 50);
    expect(boxes()).toEqual([[10, 10, 100, 90]]);
  });

  it("are taken back one by one, or all at once", () => {
    click(50, 10);
    click(10, 40);
    expect(gestures.back()).toBe(true);
    expect(preview.snapshot()?.points).toEqual([{ x: 50, y: 10 }]);
    expect(gestures.cancel()).toBe(true);
    expect(gestures.back()).toBe(false);
  });

  it("that lie in a row make none, and it says why", () => {
    for (const x of [10, 20, 30, 40]) click(x, 50);
    expect(boxes()).toEqual([]);
    expect(say).toHaveBeenCalledWith(expect.stringContaining("top, left, bottom and right"));
  });
});

describe("choosing", () => {
  beforeEach(() => {
    tool = "select";
    document.add([{ id: "a", category: "milk", bbox: [100, 100, 300, 300] }]);
    document.add([{ id: "b", category: "jam", bbox: [150, 150, 200, 200] }]);
    document.select(null);
  });

  it("takes the smallest box under the pointer, and none beside them", () => {
    click(170, 170);
    expect(document.snapshot().selected).toBe("b");
    click(290, 290);
    expect(document.snapshot().selected).toBe("a");
    click(500, 500);
    expect(document.snapshot().selected).toBeNull();
  });

  it("moves and resizes in one step of undo each, shown before it is done", () => {
    click(290, 290);
    gestures.down(at(280, 280));
    gestures.move(at(290, 300));
    expect(preview.snapshot()).toEqual({ box: [110, 120, 310, 320], of: "a" });
    expect(document.region("a")?.bbox).toEqual([100, 100, 300, 300]);
    gestures.up(at(290, 300));
    expect(document.region("a")?.bbox).toEqual([110, 120, 310, 320]);
    drag([310, 320], [350, 350]);
    expect(document.region("a")?.bbox).toEqual([110, 120, 350, 350]);
    document.undo();
    document.undo();
    expect(document.region("a")?.bbox).toEqual([100, 100, 300, 300]);
  });

  it("moves the chosen box though a smaller one lies under the pointer, and a click chooses that", () => {
    click(290, 290);
    drag([170, 170], [180, 180]);
    expect(document.region("a")?.bbox).toEqual([110, 110, 310, 310]);
    click(170, 170);
    expect(document.snapshot().selected).toBe("b");
  });

  it("moves the image where there is no box, and leaves a locked one where it is", () => {
    drag([600, 600], [620, 610]);
    expect(shift).toHaveBeenCalledOnce();
    document.toggle("locked", "b");
    drag([170, 170], [190, 190]);
    expect(document.region("b")?.bbox).toEqual([150, 150, 200, 200]);
    expect(say).toHaveBeenLastCalledWith("This box is locked.");
  });

  it("puts a box back when a second finger comes", () => {
    gestures.down(at(280, 280, { kind: "touch" }));
    gestures.move(at(320, 320, { kind: "touch" }));
    gestures.down(at(500, 500, { id: 2, kind: "touch" }));
    gestures.up(at(320, 320, { kind: "touch" }));
    expect(document.region("a")?.bbox).toEqual([100, 100, 300, 300]);
    expect(preview.snapshot()).toBeNull();
  });

  it("is at hand with Ctrl while another tool draws", () => {
    tool = "draw";
    gestures.down(at(170, 170, { select: true }));
    gestures.up(at(170, 170, { select: true }));
    expect(document.snapshot().selected).toBe("b");
    expect(document.snapshot().regions).toHaveLength(2);
  });
});

describe("click to box", () => {
  beforeEach(() => {
    tool = "snap";
  });

  it("puts the found box in the place of the rough one", async () => {
    click(500, 400);
    expect(snap).toHaveBeenCalledWith({ point: { x: 500, y: 400 } });
    expect(boxes()).toEqual([[480, 380, 520, 420]]);
    snapped([450, 350, 600, 500]);
    await vi.waitFor(() => expect(boxes()).toEqual([[450, 350, 600, 500]]));
  });

  it("changes nothing on an image that has gone in the meantime", async () => {
    drag([100, 100], [200, 200]);
    open = false;
    snapped([110, 110, 190, 190]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(boxes()).toEqual([[100, 100, 200, 200]]);
  });

  it("leaves the rough one where nothing is found, and what was changed in the meantime", async () => {
    drag([100, 100], [200, 200]);
    expect(snap).toHaveBeenCalledWith({ box: [100, 100, 200, 200] });
    snapped(null);
    await Promise.resolve();
    expect(boxes()).toEqual([[100, 100, 200, 200]]);
    drag([300, 300], [400, 400]);
    document.change("b1", { bbox: [300, 300, 410, 400] });
    snapped([1, 1, 2, 2]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(boxes()[1]).toEqual([300, 300, 410, 400]);
  });
});
