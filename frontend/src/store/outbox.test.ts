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
  const events = { changed: vi.fn(), refused: vi.fn(), signedOut: vi.fn() };
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
    const outbox = new Outbox(refusing, offline, { changed, refused: vi.fn(), signedOut: vi.fn() });
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
});
