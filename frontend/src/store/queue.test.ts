import { describe, expect, it } from "vitest";
import type { NextItem } from "../api/client";
import type { Operation } from "./outbox";
import type { Label } from "./labels";
import { Queue } from "./queue";

function item(id: number): NextItem {
  const image = { id, name: `${id}.jpg`, width: 4, height: 3, status: "unlabeled" } as NextItem["image"];
  return {
    image,
    assignment: { id: id * 10, expires: "" },
    prediction: null,
    annotation: null,
    commented: false,
    sent_back: null,
  };
}

function setUp(total: number) {
  const sent: Omit<Operation, "id" | "project">[] = [];
  const preloaded: number[] = [];
  let uuid = 0;
  const time = { now: 0 };
  // As the server does: what is held comes first, then new ones, until there are none.
  const labeled = new Set<number>();
  const unsent = { count: 0 };
  const last: { label: Label | null } = { label: null };
  const queue = new Queue({
    fetchNext: async (count) => {
      const open = Array.from({ length: total }, (_, n) => n + 1).filter((id) => !labeled.has(id));
      return { items: open.slice(0, count).map(item), more: open.length >= count };
    },
    unsent: () => unsent.count,
    preload: async (image) => void preloaded.push(image),
    lastLabel: async () => last.label,
    enqueue: (operation) => void sent.push(operation),
    uuid: () => `uuid-${++uuid}`,
    now: () => time.now,
  });
  return { queue, sent, preloaded, labeled, unsent, time, last };
}

describe("the labeler's queue", () => {
  it("fetches images ahead and decodes them before they are needed", async () => {
    const { queue, preloaded } = setUp(20);
    await queue.fill();
    expect(queue.current?.item.image.id).toBe(1);
    expect(preloaded).toEqual([1, 2, 3, 4, 5]);
  });

  it("shows the next image in the same moment as it submits", async () => {
    const { queue, sent, time } = setUp(20);
    await queue.fill();
    time.now = 1500;
    queue.submit({ category: "engaged" });
    expect(queue.current?.item.image.id).toBe(2);
    expect(sent).toEqual([
      {
        image: 1,
        name: "1.jpg",
        method: "PUT",
        path: "/api/images/1/annotations/uuid-1/",
        body: { result: { category: "engaged" }, lead_time_ms: 1500, assignment: 10 },
      },
    ]);
  });

  it("sends from where pre-labels were in sight, and again when a submit is redone", async () => {
    const { queue, sent } = setUp(3);
    await queue.fill();
    queue.submit({ boxes: [] }, 0.25);
    queue.undo();
    queue.redo();
    expect(sent.map(({ body }) => (body as { shown_from?: number } | undefined)?.shown_from)).toEqual([
      0.25,
      undefined,
      0.25,
    ]);
    queue.goTo(0);
    queue.submit({ boxes: [{ id: "a", category: "milk", bbox: [0, 0, 9, 9] }] }, 0);
    expect(sent[3]?.body).toMatchObject({ shown_from: 0, replaces: "uuid-2" });
  });

  it("counts only the time in which the page was seen", async () => {
    const { queue, sent, time } = setUp(3);
    await queue.fill();
    time.now = 1000;
    queue.setVisible(false);
    time.now = 60_000;
    queue.setVisible(true);
    time.now = 60_500;
    queue.submit({ category: "engaged" });
    expect((sent[0]?.body as { lead_time_ms: number }).lead_time_ms).toBe(1500);
  });

  it("sends a matte's files with its submit, and need not send them again when that is redone", async () => {
    const { queue, sent } = setUp(2);
    await queue.fill();
    const files = [{ sha256: "a1", data: Uint8Array.of(1, 2, 3) }];
    queue.submit({ alpha: "a1" }, undefined, files);
    expect(sent[0]).toMatchObject({ method: "PUT", files, body: { result: { alpha: "a1" } } });
    queue.undo();
    queue.redo();
    expect(sent.map(({ method }) => method)).toEqual(["PUT", "DELETE", "PUT"]);
    expect(sent[2]).toMatchObject({ body: { result: { alpha: "a1" } } });
    expect(sent[2]!.files).toBeUndefined();
  });

  it("takes a submit back and does it again under a new uuid", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.undo();
    expect(queue.current?.item.image.id).toBe(1);
    expect(queue.current?.result).toBeNull();
    expect(sent[1]).toMatchObject({ method: "DELETE", path: "/api/annotations/uuid-1/" });
    queue.redo();
    expect(sent[2]).toMatchObject({ method: "PUT", path: "/api/images/1/annotations/uuid-2/" });
    expect(queue.current?.item.image.id).toBe(2);
  });

  it("corrects an earlier label with `replaces`, and undo brings the earlier one back", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.goTo(0);
    queue.submit({ category: "animated" });
    expect(sent[1]?.body).toMatchObject({ result: { category: "animated" }, replaces: "uuid-1" });
    queue.undo();
    expect(queue.current).toMatchObject({ result: { category: "engaged" }, uuid: "uuid-1" });
  });

  it("labels as the one before", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    expect(await queue.repeat()).toBeNull();
    queue.submit({ category: "engaged" });
    queue.skip("blurred");
    const repeated = queue.repeat();
    expect(queue.current?.item.image.id).toBe(4); // at once: the next key is about the next image
    expect(await repeated).toEqual({ category: "engaged" });
    expect(sent[2]).toMatchObject({ image: 3, body: { result: { category: "engaged" } } });
    expect(queue.snapshot().settled).toBe(3);
  });

  it("labels as this person did last where nothing was labeled since the page was opened", async () => {
    const { queue, sent, last } = setUp(5);
    await queue.fill();
    last.label = { category: "animated" };
    const repeated = queue.repeat();
    queue.submit({ category: "engaged" }); // goes on before that is known
    expect(await repeated).toBeNull();
    expect(sent).toHaveLength(1);
    const { queue: other, sent: said, last: mine } = setUp(5);
    await other.fill();
    mine.label = { category: "animated" };
    expect(await other.repeat()).toEqual({ category: "animated" });
    expect(said[0]).toMatchObject({ image: 1, body: { result: { category: "animated" } } });
  });

  it("sends a refused image again when it is labeled again", async () => {
    const { queue, sent } = setUp(3);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.refuse(1, "The server refused it.");
    queue.goTo(0);
    queue.submit({ category: "engaged" });
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({ image: 1, path: "/api/images/1/annotations/uuid-2/" });
    expect(queue.snapshot().entries[0]?.error).toBeNull();
  });

  it("skips with a reason and takes the skip back", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    queue.skip("blurred");
    expect(sent[0]).toMatchObject({ path: "/api/assignments/10/skip/", body: { reason: "blurred" } });
    queue.undo();
    expect(sent[1]).toMatchObject({ path: "/api/assignments/10/undo_skip/" });
    expect(queue.current?.skipped).toBe(false);
  });

  it("leaves somebody who looks back where they are while more is fetched", async () => {
    const { queue, unsent } = setUp(20);
    await queue.fill();
    unsent.count = 1;
    queue.submit({ category: "engaged" });
    queue.goTo(0);
    await queue.fill();
    await new Promise((resolve) => setTimeout(resolve));
    expect(queue.snapshot().index).toBe(0);
    expect(queue.snapshot().entries.length).toBeGreaterThan(5);
  });

  it("does not take what the server cannot hand out yet for the end", async () => {
    const { queue, labeled, unsent } = setUp(60);
    for (let n = 0; n < 50; n++) {
      await queue.fill();
      queue.submit({ category: "engaged" });
      unsent.count += 1;
    }
    // The server has heard of none of the fifty, and hands out no more than that.
    await queue.fill();
    expect(queue.snapshot().phase).toBe("loading");
    for (let id = 1; id <= 50; id++) labeled.add(id);
    unsent.count = 0;
    await queue.resume();
    expect(queue.current?.item.image.id).toBe(51);
  });

  it("asks past what it has not sent yet", async () => {
    const { queue, unsent } = setUp(20);
    await queue.fill();
    unsent.count = 5;
    for (let n = 0; n < 5; n++) queue.submit({ category: "engaged" });
    await queue.fill();
    expect(queue.current?.item.image.id).toBe(6);
  });

  it("says when nothing is left, and not before", async () => {
    const { queue, labeled } = setUp(2);
    await queue.fill();
    queue.submit({ category: "engaged" });
    expect(queue.snapshot().phase).toBe("ready");
    labeled.add(1);
    queue.submit({ category: "engaged" });
    labeled.add(2);
    await queue.fill();
    expect(queue.snapshot().phase).toBe("empty");
  });

  it("keeps what failed to load apart from what is on screen", async () => {
    let fail = true;
    const queue = new Queue({
      unsent: () => 0,
      fetchNext: async () => {
        if (fail) throw new Error("no network");
        return { items: [item(1)], more: false };
      },
      preload: async () => {},
      lastLabel: async () => null,
      enqueue: () => {},
      uuid: () => "u",
      now: () => 0,
    });
    await queue.fill();
    expect(queue.snapshot()).toMatchObject({ phase: "failed", problem: "no network" });
    fail = false;
    await queue.fill();
    expect(queue.snapshot()).toMatchObject({ phase: "ready", problem: "" });
  });

  it("shows a refusal on the image that it is about", async () => {
    const { queue } = setUp(3);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.refuse(1, "You have labeled this image already.");
    expect(queue.snapshot().entries[0]?.error).toContain("already");
  });

  it("brings an earlier label back at the film's beginning, corrects it, and goes on where it was", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.reopen({
      ...item(90),
      assignment: null,
      annotation: { uuid: "old", result: { category: "animated" } },
    });
    expect(queue.current).toMatchObject({
      result: { category: "animated" },
      earlier: true,
      item: { image: { id: 90 } },
    });
    expect(queue.snapshot().settled).toBe(1);
    queue.submit({ category: "engaged" });
    expect(sent[1]).toMatchObject({ image: 90, body: { result: { category: "engaged" }, replaces: "old" } });
    expect(queue.current?.item.image.id).toBe(2);
    queue.reopen(item(1)); // in the film already
    expect(queue.current?.item.image.id).toBe(1);
  });

  it("copies the label of the frame before, not of an image that was looked at again", async () => {
    const { queue } = setUp(9);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.submit({ category: "animated" });
    queue.goTo(0);
    queue.submit({ category: "non-engaged" });
    expect(queue.current?.item.image.id).toBe(3);
    queue.reopen({ ...item(90), annotation: { uuid: "old", result: { category: "engaged" } } });
    queue.goTo(3);
    expect(await queue.repeat()).toEqual({ category: "animated" });
  });

  it("shows what stands until the person has chosen between two labels", async () => {
    const { queue, sent } = setUp(5);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.contradict(1, { uuid: "theirs", result: { category: "animated" }, mine: true });
    expect(queue.snapshot()).toMatchObject({ index: 1, canUndo: false });
    expect(queue.snapshot().entries[0]).toMatchObject({
      result: { category: "animated" },
      uuid: "theirs",
      conflict: true,
    });
    queue.contradict(1, null);
    queue.submit({ category: "engaged" });
    expect(queue.current?.item.image.id).toBe(3); // not the one that waits for a decision
    queue.choose(1, { uuid: "mine", result: { category: "engaged" }, mine: true });
    queue.goTo(0);
    queue.submit({ category: "animated" });
    expect(sent.at(-1)?.body).toMatchObject({ replaces: "mine" });
  });

  it("tells how long the image has been seen, and the pace of the last labels", async () => {
    const { queue, time } = setUp(9);
    await queue.fill();
    time.now = 4000;
    expect(queue.openFor()).toBe(4000);
    queue.setVisible(false);
    time.now = 60_000;
    expect(queue.openFor()).toBe(4000);
    queue.setVisible(true);
    queue.submit({ category: "engaged" });
    expect(queue.openFor()).toBe(0);
    expect(queue.pace()).toBeNull();
    for (const wait of [1000, 1000]) {
      time.now += wait;
      queue.submit({ category: "engaged" });
    }
    expect(queue.pace()).toBe(1800); // three in six seconds
  });

  it("counts an image's time together, whatever is looked at meanwhile, and once if it is submitted again", async () => {
    const { queue, sent, time } = setUp(9);
    const leads = () => sent.flatMap(({ body }) => (body as { lead_time_ms?: number })?.lead_time_ms ?? []);
    await queue.fill();
    time.now = 6000;
    queue.goTo(1);
    time.now = 7000;
    queue.goTo(0);
    time.now = 7500;
    queue.submit({ category: "engaged" });
    time.now = 9000;
    queue.undo();
    queue.redo();
    expect(leads()).toEqual([6500, 6500]);
    time.now = 10_000;
    queue.submit({ category: "engaged" }); // the second image: a second before, 1.5 of the first submit on, and one now
    expect(leads().at(-1)).toBe(3500);
    queue.undo();
    time.now = 12_000;
    queue.submit({ category: "animated" });
    expect(leads().at(-1)).toBe(5500);
  });

  it("keeps the lease of what is begun, counts on from what an earlier page counted, and brings it in next", async () => {
    const { queue, sent, time } = setUp(5);
    await queue.fill();
    queue.begin(1, 4000);
    queue.begin(2);
    queue.settle(2);
    expect(queue.idle()).toEqual([20, 30, 40, 50]);
    expect(queue.leases()).toHaveLength(5);
    time.now = 500;
    queue.submit({ category: "engaged" });
    expect(sent[0]?.body).toMatchObject({ lead_time_ms: 4500 });
    queue.bring({ ...item(9), assignment: null });
    queue.bring({ ...item(9), assignment: null });
    queue.submit({ category: "engaged" });
    expect(queue.current?.item.image.id).toBe(9);
    expect(queue.canSkip).toBe(false);
    expect(queue.skip("blurred")).toBe(false);
    queue.submit({ category: "engaged" });
    expect(sent.at(-1)).toMatchObject({ image: 9, body: { result: { category: "engaged" } } });
    expect(queue.current?.item.image.id).toBe(3);
  });

  it("skips nothing that is labeled", async () => {
    const { queue, sent } = setUp(3);
    await queue.fill();
    queue.submit({ category: "engaged" });
    queue.goTo(0);
    expect([queue.canSkip, queue.skip("blurred")]).toEqual([false, false]);
    expect(sent).toHaveLength(1);
  });

  it("brings up again what a reviewer has sent back, and not what it has labeled anew", async () => {
    const sentBack = { comment: "hands", reviewer: "rita" };
    let back: NextItem[] = [];
    const queue = new Queue({
      fetchNext: async () => ({ items: back.length ? back : [item(1)], more: false }),
      unsent: () => 0,
      preload: async () => {},
      lastLabel: async () => null,
      enqueue: () => {},
      uuid: () => "uuid",
      now: () => 0,
    });
    await queue.fill();
    queue.submit({ category: "engaged" });
    await new Promise((resolve) => setTimeout(resolve)); // what it asks for by itself
    back = [{ ...item(1), assignment: { id: 10, expires: "tomorrow" }, sent_back: sentBack }];
    await queue.fill();
    expect(queue.current?.item.sent_back).toEqual(sentBack);
    expect(queue.current?.result).toBeNull();
    queue.submit({ category: "animated" });
    await new Promise((resolve) => setTimeout(resolve));
    await queue.fill();
    expect(queue.current).toBeUndefined();
  });
});
