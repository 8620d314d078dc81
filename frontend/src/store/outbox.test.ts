import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, type Operation, type Sent } from "./outbox";
import { openShelf } from "./shelf";

const marks = new Map<string, string>();
const shelfOf = (person: number) =>
  openShelf(person, {
    getItem: (name) => marks.get(name) ?? null,
    setItem: (name, value) => void marks.set(name, value),
    removeItem: (name) => void marks.delete(name),
  });

const submit = (image: number) => ({ project: 1, image, method: "PUT" as const, path: `/images/${image}` });
let user = 0;

function setUp(send: (operation: Operation) => Promise<Sent>, person = ++user) {
  const events = {
    changed: vi.fn(),
    refused: vi.fn(),
    contradicted: vi.fn(),
    held: vi.fn(),
    signedOut: vi.fn(),
  };
  return { outbox: new Outbox(shelfOf(person), send, events), events, person };
}

async function settled(outbox: Outbox, size = 0) {
  await vi.waitFor(() => expect(outbox.size).toBe(size), { timeout: 2000 });
}

describe("the outbox", () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        toFake: ["setTimeout", "clearTimeout"],
        shouldAdvanceTime: true,
        advanceTimeDelta: 50,
      }),
  );
  afterEach(() => void vi.useRealTimers());

  it("sends in order, one at a time", async () => {
    const seen: number[] = [];
    const { outbox } = setUp(async (operation) => (seen.push(operation.image), { status: 201, detail: "" }));
    [1, 2, 3].forEach((image) => outbox.add(submit(image)));
    await settled(outbox);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("keeps trying while the network is gone, and loses nothing", async () => {
    let online = false;
    const seen: number[] = [];
    const { outbox, events } = setUp(async (operation) => {
      if (!online) throw new TypeError("Failed to fetch");
      seen.push(operation.image);
      return { status: 201, detail: "" };
    });
    outbox.add(submit(1));
    outbox.add(submit(2));
    await vi.waitFor(() =>
      expect(events.changed).toHaveBeenLastCalledWith({ waiting: 2, kept: 2, reachable: false }),
    );
    online = true;
    await vi.advanceTimersByTimeAsync(3000);
    await settled(outbox);
    expect(seen).toEqual([1, 2]);
  });

  it("keeps the files that a label names beside it, also when the page is closed", async () => {
    const files = [{ sha256: "a1", data: Uint8Array.of(137, 80, 0, 255) }];
    const first = setUp(async () => {
      throw new TypeError("Failed to fetch");
    });
    first.outbox.add({ ...submit(1), files });
    await vi.waitFor(() => expect(first.outbox.unsafe).toBe(false));
    const sent: Operation[] = [];
    const { outbox } = setUp(
      async (operation) => (sent.push(operation), { status: 201, detail: "" }),
      first.person,
    );
    await outbox.open();
    expect(sent.map((operation) => operation.files)).toEqual([files]);
  });

  it("stops at an expired login and goes on after the next sign-in", async () => {
    let signedIn = false;
    const { outbox, events } = setUp(async () => ({ status: signedIn ? 201 : 401, detail: "" }));
    outbox.add(submit(1));
    await vi.waitFor(() => expect(events.signedOut).toHaveBeenCalled());
    expect(outbox.size).toBe(1);
    signedIn = true;
    await outbox.flush();
    expect(outbox.size).toBe(0);
  });

  it("hands over what an earlier page left behind, to the same person alone", async () => {
    const { outbox, person } = setUp(async () => Promise.reject(new TypeError("closed")));
    outbox.add(submit(7));
    await vi.waitFor(async () => expect(await shelfOf(person).all()).toHaveLength(1));
    const seen: number[] = [];
    const next = setUp(
      async (operation) => (seen.push(operation.image), { status: 200, detail: "" }),
      person,
    );
    await next.outbox.open();
    await settled(next.outbox);
    expect(seen).toEqual([7]);
    expect(await shelfOf(person + 1000).all()).toEqual([]);
  });

  it("marks at once whether anything was left, and takes the mark away with the last of it", async () => {
    let online = false;
    const { outbox, person } = setUp(async () => {
      if (!online) throw new TypeError("offline");
      return { status: 201, detail: "" };
    });
    expect(shelfOf(person).maybe()).toBe(false);
    outbox.add(submit(1));
    expect(shelfOf(person).maybe()).toBe(true);
    online = true;
    await vi.advanceTimersByTimeAsync(1000);
    await settled(outbox);
    await vi.waitFor(() => expect(shelfOf(person).maybe()).toBe(false));
  });

  it("calls kept only what is written down", async () => {
    const changed = vi.fn();
    const offline = async () => Promise.reject(new TypeError("offline"));
    const refusing = { ...shelfOf(++user), put: async () => Promise.reject(new Error("private window")) };
    const quiet = { refused: vi.fn(), contradicted: vi.fn(), held: vi.fn(), signedOut: vi.fn() };
    const outbox = new Outbox(refusing, offline, { changed, ...quiet });
    outbox.add(submit(1));
    await vi.waitFor(() =>
      expect(changed).toHaveBeenLastCalledWith({ waiting: 1, kept: 0, reachable: false }),
    );
    expect(outbox.unsafe).toBe(true);
  });

  it("knows which images are settled though the server has not heard of it", async () => {
    const { outbox } = setUp(async () => Promise.reject(new TypeError("offline")));
    outbox.add(submit(1));
    outbox.add({ ...submit(2), method: "POST", path: "/api/assignments/5/skip/" });
    outbox.add(submit(3));
    outbox.add({ ...submit(3), method: "DELETE" });
    expect([...outbox.settled()]).toEqual([1, 2]);
  });

  it("reports what the server refuses and goes on with the rest", async () => {
    const { outbox, events } = setUp(async (operation) => ({
      status: operation.image === 1 ? 409 : 201,
      detail: "taken",
    }));
    outbox.add(submit(1));
    outbox.add(submit(2));
    await settled(outbox);
    expect(events.refused).toHaveBeenCalledTimes(1);
    expect(events.refused.mock.calls[0]?.[1]).toEqual({ status: 409, detail: "taken" });
  });

  const label = (image: number, category: string, uuid = `${image}-${category}`) => ({
    project: 1,
    image,
    method: "PUT" as const,
    path: `/api/images/${image}/annotations/${uuid}/`,
    body: { result: { category } },
  });
  const comment = { project: 1, image: 1, method: "POST" as const, path: "/api/images/1/comments/" };
  const standing = (category: string) => ({ uuid: "theirs", result: { category }, mine: true });
  const contradicting = async (operation: Operation): Promise<Sent> =>
    operation.image === 1
      ? { status: 409, detail: "other", current: standing("animated") }
      : { status: 201, detail: "" };

  it("holds a label that contradicts the one that stands, without blocking the rest, and over a reload", async () => {
    const { outbox, events, person } = setUp(contradicting);
    outbox.add(label(1, "engaged"));
    outbox.add(label(2, "engaged"));
    await settled(outbox);
    const held = [
      expect.objectContaining({ image: 1, refusal: { detail: "other", current: standing("animated") } }),
    ];
    expect(events.held).toHaveBeenLastCalledWith(held);
    expect(events.refused).not.toHaveBeenCalled();
    const next = setUp(contradicting, person);
    await next.outbox.open();
    expect(next.events.held).toHaveBeenLastCalledWith(held);
    expect(next.outbox.size).toBe(0);
  });

  it("sends what the person chose of two labels, and forgets the other", async () => {
    const seen: string[] = [];
    const { outbox, events, person } = setUp(async (operation) => {
      seen.push(operation.path);
      return seen.length === 1 ? contradicting(operation) : { status: 201, detail: "" };
    });
    outbox.add(label(1, "engaged"));
    await vi.waitFor(() => expect(events.held).toHaveBeenCalled());
    const id = events.held.mock.lastCall?.[0][0].id;
    outbox.decide(id, label(1, "engaged", "again"));
    await settled(outbox);
    expect(seen[1]).toContain("again");
    expect(events.held).toHaveBeenLastCalledWith([]);
    await vi.waitFor(async () => expect(await shelfOf(person).all()).toEqual([]));
  });

  it("asks nothing where both labels say the same", async () => {
    const { outbox, events, person } = setUp(contradicting);
    outbox.add(label(1, "animated"));
    await settled(outbox);
    expect(events.contradicted).toHaveBeenCalledWith(expect.anything(), standing("animated"), false);
    expect(events.held).not.toHaveBeenCalled();
    await vi.waitFor(async () => expect(await shelfOf(person).all()).toEqual([]));
  });

  it("forgets a contradiction when the image is labeled anew, or its submit undone", async () => {
    const answers: Sent[] = [];
    const { outbox, events } = setUp(async (operation) => answers.shift() ?? contradicting(operation));
    outbox.add(label(1, "engaged"));
    await settled(outbox);
    answers.push({ status: 201, detail: "" });
    outbox.add(label(1, "non-engaged"));
    expect(events.held).toHaveBeenLastCalledWith([]);
    await settled(outbox);
    outbox.add(label(1, "engaged"));
    await settled(outbox);
    answers.push({ status: 404, detail: "Not found." });
    outbox.add({ ...label(1, ""), method: "DELETE", path: "/api/annotations/1-engaged/", body: undefined });
    await settled(outbox);
    expect(events.held).toHaveBeenLastCalledWith([]);
    expect(events.refused).not.toHaveBeenCalled();
  });

  it("keeps a comment that is refused, and takes no comment for a label", async () => {
    let online = false;
    const { outbox, events } = setUp(async () => {
      if (!online) throw new TypeError("offline");
      return { status: 404, detail: "Not found." };
    });
    outbox.add(label(1, "engaged"));
    outbox.add(comment);
    expect([...outbox.settled()]).toEqual([1]);
    expect(outbox.comments(1)).toHaveLength(1);
    online = true;
    await vi.advanceTimersByTimeAsync(1000);
    await settled(outbox);
    expect(events.refused).toHaveBeenCalledTimes(1); // the label's
    expect(events.held).toHaveBeenLastCalledWith([
      expect.objectContaining({ ...comment, refusal: { detail: "Not found." } }),
    ]);
  });
});
