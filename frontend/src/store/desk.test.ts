import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { NextItem } from "../api/client";
import { Desk } from "./desk";
import { Drafts } from "./drafts";
import { type Entry, entryOf } from "./entry";

let user = 0;
const values = new Map<string, string>();
const marks = {
  getItem: (name: string) => values.get(name) ?? null,
  setItem: (name: string, value: string) => void values.set(name, value),
  removeItem: (name: string) => void values.delete(name),
};
const found = (score = 0.9) => ({
  id: 7,
  result: { boxes: [{ id: "p0", category: "milk", bbox: [1, 1, 9, 9], score }] },
});

function entry(image = 1, prediction: unknown = found(), uuid: string | null = null): Entry {
  const item = { image: { id: image, name: "a", width: 100, height: 80 }, prediction, annotation: null };
  return { ...entryOf(item as unknown as NextItem), uuid };
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 4000 });
const newDrafts = () => new Drafts(user, marks);
const clerk = () => ({ edited: vi.fn(), begin: vi.fn(), settle: vi.fn(), spent: vi.fn(() => 0) });
const deskOn = async (drafts: Drafts, queue = clerk()) => {
  const desk = new Desk(1, drafts, marks, queue);
  await desk.load();
  return desk;
};
const written = (drafts: Drafts) => eventually(() => expect(drafts.unsafe).toBe(false));

beforeEach(() => {
  user += 1;
  values.clear();
});

describe("what somebody has begun", () => {
  it("is there again on the next page, with what was accepted and drawn", async () => {
    const drafts = newDrafts();
    const document = (await deskOn(drafts)).open(entry())!;
    document.decide(["p0"], "kept");
    document.add([{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }]);
    await written(drafts);

    const again = new Desk(1, newDrafts(), marks, clerk());
    expect(again.open(entry())).toBeNull(); // until it is read
    await again.load();
    const { regions } = again.open(entry())!.snapshot();
    expect(regions.map(({ id, decision }) => [id, decision])).toEqual([
      ["p0", "kept"],
      ["mine", "kept"],
    ]);
    expect(again.open(entry())!.changed).toBe(true);
  });

  it("is nobody else's, and no other project's", async () => {
    const drafts = newDrafts();
    (await deskOn(drafts)).open(entry())!.add([{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }]);
    await written(drafts);
    expect(await new Drafts(user + 1000, marks).all(1)).toEqual([]);
    expect(await newDrafts().all(2)).toEqual([]);
    expect(await newDrafts().all(1)).toHaveLength(1);
  });

  it("is gone when it is submitted, skipped or undone, and back when a submit is undone", async () => {
    const drafts = newDrafts();
    const desk = await deskOn(drafts);
    const document = desk.open(entry())!;
    document.add([{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }]);
    desk.settle(1);
    await eventually(async () => expect(await newDrafts().all(1)).toEqual([]));
    desk.unsettle(entry());
    await eventually(async () => expect(await newDrafts().all(1)).toHaveLength(1));
    document.undo();
    await eventually(async () => expect(await newDrafts().all(1)).toEqual([]));
    expect(newDrafts().maybe()).toBe(false);
  });

  it("stays while neighbours are looked at, and each label of an image has its own", async () => {
    const desk = await deskOn(newDrafts());
    const document = desk.open(entry(1))!;
    document.add([{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }]);
    desk.open(entry(2));
    expect(desk.open(entry(1))).toBe(document);
    expect(desk.open({ ...entry(1), uuid: "u", result: { boxes: [] } })!.snapshot().regions).toEqual([]);
  });

  it("gets what the model says anew, but for what a person has made of it", async () => {
    const desk = await deskOn(newDrafts());
    const untouched = desk.open(entry(1));
    const newer = { ...found(0.4), id: 8 };
    expect(desk.open(entry(1, newer))).not.toBe(untouched);
    expect(desk.open(entry(1, newer))!.region("p0")?.said?.score).toBe(0.4);
    const touched = desk.open(entry(2))!;
    touched.decide(["p0"], "kept");
    expect(desk.open(entry(2, newer))).toBe(touched);
  });

  it("goes on from the boxes that a reviewer sent back", async () => {
    const desk = await deskOn(newDrafts());
    const sent = entry();
    sent.item.sent_back = {
      comment: "One is missing",
      reviewer: "rita",
      boxes: [{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }],
    };
    const document = desk.open(sent)!;
    expect(document.snapshot().regions).toMatchObject([{ id: "mine", decision: "kept" }]);
    expect(document.changed).toBe(false);
  });

  it("tells the queue of every change, and keeps the confidence for the project", async () => {
    const queue = clerk();
    const desk = await deskOn(newDrafts(), queue);
    const { edited } = queue;
    const document = desk.open(entry())!;
    document.select("p0");
    expect(edited).not.toHaveBeenCalled();
    document.decide(["p0"], "kept");
    expect(edited).toHaveBeenCalledWith(1);
    document.undo();
    document.redo(); // as it was when it was submitted
    expect(edited).toHaveBeenCalledOnce();
    // Where nobody has chosen, Enter takes no pre-label that is hardly more than a guess.
    expect(document.snapshot().confidence).toBe(0.25);
    desk.setConfidence(0.95);
    expect((await deskOn(newDrafts())).open(entry())!.snapshot().confidence).toBe(0.95);
  });

  it("tells the queue what is begun and for how long it was seen, on the next page too, and when it is settled", async () => {
    const queue = clerk();
    queue.spent.mockReturnValue(4200.4);
    const drafts = newDrafts();
    const desk = await deskOn(drafts, queue);
    desk.open(entry())!.add([{ id: "mine", category: "jam", bbox: [2, 2, 5, 5] }]);
    expect(queue.begin).toHaveBeenCalledWith(1);
    await written(drafts);
    const again = clerk();
    const next = await deskOn(newDrafts(), again);
    expect(again.begin).toHaveBeenCalledWith(1, 4200);
    next.settle(1);
    expect(again.settle).toHaveBeenCalledWith(1);
  });
});
