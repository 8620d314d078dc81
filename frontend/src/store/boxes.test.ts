import { describe, expect, it } from "vitest";
import type { Boxes } from "../api/results";
import type { Box } from "../shapes/fit";
import { BoxDocument } from "./boxes";
import { labelFrom, originOf, regionsOf, renewed, waiting } from "./regions";

const image = { id: 1, width: 100, height: 80 };
const found: Boxes = {
  boxes: [
    { id: "p0", category: "milk", bbox: [1, 2, 31.25, 42.5], score: 0.9 },
    { id: "p1", category: "jam", bbox: [40, 40, 60, 60], score: 0.3 },
    { id: "p2", category: "milk", bbox: [50, 10, 70, 20], score: 0.55 },
  ],
};
const predicted = (confidence = 0) => new BoxDocument(image, regionsOf(null, found), confidence);
const drawn = (id: string, bbox: Box = [1, 1, 9, 9]) => ({ id, category: "milk", bbox });
const ids = (document: BoxDocument) => document.snapshot().regions.map(({ id }) => id);

describe("the boxes of an image", () => {
  it("are submitted without what nobody has decided and what was rejected", () => {
    const document = predicted();
    document.decide(["p0"], "kept");
    document.decide(["p1"], "rejected");
    document.add([drawn("mine")]);
    expect(labelFrom(document.snapshot().regions, image).boxes).toEqual([
      { id: "p0", category: "milk", bbox: [1, 2, 31.25, 42.5] },
      { id: "mine", category: "milk", bbox: [1, 1, 9, 9] },
    ]);
  });

  it("keep the id of a pre-label that is corrected, and say so", () => {
    const document = predicted();
    document.change("p1", { bbox: [41, 40, 60, 60] });
    expect(originOf(document.region("p1")!)).toBe("corrected");
    document.change("p2", { category: "jam" });
    expect(originOf(document.region("p2")!)).toBe("corrected");
    document.decide(["p0"], "kept");
    expect(originOf(document.region("p0")!)).toBe("accepted");
    expect(labelFrom(document.snapshot().regions, image).boxes?.map(({ id }) => id)).toEqual([
      "p0",
      "p1",
      "p2",
    ]);
  });

  it("are drawn ones again when they are moved off the pre-label", () => {
    const document = predicted();
    document.change("p1", { bbox: [59, 59, 79, 79] });
    expect(originOf(document.region("p1")!)).toBe("corrected");
    document.change("p1", { bbox: [60, 40, 80, 60] });
    expect(originOf(document.region("p1")!)).toBe("drawn");
    expect(labelFrom(document.snapshot().regions, image).boxes).toMatchObject([{ id: "p1" }]);
  });

  it("wait for a word with the least confident first, from the confidence on that was chosen", () => {
    const document = predicted();
    expect(waiting(document.snapshot().regions, 0).map(({ id }) => id)).toEqual(["p1", "p2", "p0"]);
    document.select("p1");
    document.setConfidence(0.5);
    expect(waiting(document.snapshot().regions, 0.5).map(({ id }) => id)).toEqual(["p2", "p0"]);
    expect(document.shown.map(({ id }) => id)).toEqual(["p0", "p2"]);
    expect(document.selected).toBeUndefined();
  });

  it("come back by undo as they were and where they were, and go again by redo", () => {
    const document = predicted();
    document.add([drawn("a")]);
    document.add([drawn("b")]);
    document.remove("a");
    expect(ids(document)).toEqual(["p0", "p1", "p2", "b"]);
    document.undo();
    expect(ids(document)).toEqual(["p0", "p1", "p2", "a", "b"]);
    document.undo();
    document.undo();
    expect(document.snapshot()).toMatchObject({ canUndo: false, canRedo: true });
    expect(document.changed).toBe(false);
    document.redo();
    expect(ids(document)).toEqual(["p0", "p1", "p2", "a"]);
    document.add([drawn("c")]);
    expect(document.redo()).toBeNull();
  });

  it("take several changes back as one, and a row of nudges too", () => {
    const document = predicted();
    document.decide(["p0", "p1", "p2"], "kept");
    document.undo();
    expect(waiting(document.snapshot().regions, 0)).toHaveLength(3);
    document.change("p0", { bbox: [2, 2, 32, 42] }, "nudge");
    document.change("p0", { bbox: [3, 2, 33, 42] }, "nudge");
    document.undo();
    expect(document.region("p0")?.bbox).toEqual([1, 2, 31.25, 42.5]);
  });

  it("are not changed while they are locked; hiding hides them and no more", () => {
    const document = predicted();
    document.toggle("locked", "p0");
    expect(document.change("p0", { category: "jam" })).toBe(false);
    expect(document.remove("p0")).toBe(false);
    document.decide(["p1"], "kept");
    document.select("p1");
    document.toggle("hidden", "p1");
    expect(document.shown.map(({ id }) => id)).not.toContain("p1");
    expect(document.selected?.id).toBe("p1"); // the same key shows it again
    expect(labelFrom(document.snapshot().regions, image).boxes).toHaveLength(1);
  });

  it("are a rejected pre-label when one is deleted, and are brought back as a pre-label", () => {
    const document = predicted();
    document.remove("p0");
    expect(document.shown.map(({ id }) => id)).toEqual(["p1", "p2"]);
    document.undo();
    expect(document.region("p0")?.decision).toBe("undecided");
  });

  it("number five thousand at the most", () => {
    const document = new BoxDocument(image, []);
    const many = Array.from({ length: 5000 }, (_, n) => drawn(`b${n}`));
    expect(document.add(many)).toBe(true);
    expect(document.add([drawn("more")])).toBe(false);
  });

  it("stay when a newer prediction comes for a begun image", () => {
    const document = predicted();
    document.change("p0", { category: "jam" });
    document.add([drawn("mine")]);
    const newer = { boxes: [{ ...found.boxes[0]!, bbox: [5, 5, 20, 20] }] };
    const regions = renewed(document.snapshot().regions, newer);
    expect(regions.map(({ id, decision }) => [id, decision])).toEqual([
      ["p0-new", "undecided"],
      ["p0", "kept"],
      ["mine", "kept"],
    ]);
  });

  it("of a label that stands are all decided, and know what the model had said", () => {
    const label = { boxes: [{ id: "p0", category: "milk", bbox: [1, 2, 31.25, 42.5] }, drawn("x")] } as never;
    expect(regionsOf(label, found).map(originOf)).toEqual(["accepted", "drawn"]);
  });

  it("are not rejected, moved or named otherwise while they are locked, and may be kept as they are", () => {
    const document = predicted();
    document.toggle("locked", "p1");
    expect(document.decide(["p1"], "rejected")).toBe(false);
    expect(document.change("p1", { category: "milk" })).toBe(false);
    expect(document.changed).toBe(false);
    expect(document.decide(["p1"], "kept")).toBe(true);
    expect(document.remove("p1")).toBe(false);
  });

  it("stay as they are where a nudge leads no further, and leave nothing to be undone", () => {
    const document = predicted();
    const { bbox, category } = document.region("p1")!;
    document.change("p1", { bbox: [...bbox] }, "nudge");
    expect(document.region("p1")!.decision).toBe("undecided");
    expect(document.snapshot().canUndo).toBe(false);
    document.change("p1", { category }); // naming it so accepts it
    expect(document.region("p1")!.decision).toBe("kept");
  });
});
