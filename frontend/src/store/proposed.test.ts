import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { MatteDocument } from "./matte";
import { proposed } from "./proposed";

let document: MatteDocument;
const proposal = {
  what: "Segment",
  window: [0, 0, 10, 10],
  part: { width: 10, height: 10, data: new Uint8Array(100).fill(255) },
  how: "add",
  choose: true,
} as const;

beforeEach(() => {
  vi.useFakeTimers();
  document = new MatteDocument({ id: 1, width: 50, height: 50 }, { alpha: null, trimap: null });
  document.load({});
});
afterEach(() => void vi.useRealTimers());

it("waits for the end of a stroke, and of other work", async () => {
  document.begin("alpha", "Brush");
  const done = proposed(document, proposal, () => true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(document.snapshot().proposal).toBeNull();
  document.setBusy("Grow");
  document.finish();
  await vi.advanceTimersByTimeAsync(1000);
  expect(document.snapshot().proposal).toBeNull();
  document.setBusy(null);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await done).toBe(true);
  expect(document.snapshot().proposal).toBe(proposal);
});

it("comes no more when it is not wanted any more", async () => {
  let wanted = true;
  document.begin("alpha", "Brush");
  const done = proposed(document, proposal, () => wanted);
  wanted = false;
  document.finish();
  await vi.advanceTimersByTimeAsync(1000);
  expect(await done).toBe(false);
  expect(document.snapshot().proposal).toBeNull();
});

it("takes the place of what waits for an answer only where it was clicked on since", async () => {
  document.propose(proposal);
  await proposed(document, { ...proposal, what: "Newer" }, () => true);
  expect(document.snapshot().proposal?.what).toBe("Newer");
  const done = proposed(document, { ...proposal, what: "Solve", choose: false }, () => true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(document.snapshot().proposal?.what).toBe("Newer");
  document.accept();
  await vi.advanceTimersByTimeAsync(1000);
  expect([await done, document.snapshot().proposal?.what]).toEqual([true, "Solve"]);
});
