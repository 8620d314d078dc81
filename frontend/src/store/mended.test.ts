import { expect, it } from "vitest";
import type { MatteDocument } from "./matte";
import { MendedMattes } from "./mended";

const image = (id: number) => ({ id, width: 40, height: 30 });
const nobody = new Map<number, string>();

function paint(document: MatteDocument) {
  if (!document.isReady) document.load({});
  document.begin("alpha", "Brush");
  const dab = { x: 20, y: 15, radius: 5, strength: 1 };
  document.paint(dab, dab, { target: 255, hardness: 1, opacity: 1, flat: false });
  document.finish();
  return document;
}

it("keeps what was changed while other images are looked at, and nothing else", () => {
  const mended = new MendedMattes();
  const first = paint(mended.open(image(1), "a", nobody));
  const second = mended.open(image(2), "b", nobody);
  expect(mended.open(image(1), "a", nobody)).toBe(first);
  expect(mended.open(image(2), "b", nobody)).not.toBe(second);
  expect(mended.open(image(1), "another label", nobody)).not.toBe(first);
});

it("keeps what a stroke was going on upon", () => {
  const mended = new MendedMattes();
  const document = mended.open(image(1), "a", nobody);
  document.load({});
  document.begin("alpha", "Brush");
  mended.open(image(2), "b", nobody);
  expect(mended.open(image(1), "a", nobody)).toBe(document);
});

it("would lose something with the page until what was changed is judged, or undone", () => {
  const mended = new MendedMattes();
  expect(mended.unsafe(nobody)).toBe(false);
  const document = paint(mended.open(image(1), "a", nobody));
  mended.open(image(2), "b", nobody);
  expect(mended.unsafe(nobody)).toBe(true);
  expect(mended.unsafe(new Map([[1, "Mended."]]))).toBe(false);
  document.undo();
  expect(mended.unsafe(nobody)).toBe(false);
});

it("keeps the last few that were judged, for who takes that back", () => {
  const mended = new MendedMattes();
  const documents = [1, 2, 3, 4, 5].map((id) => paint(mended.open(image(id), "a", nobody)));
  const decided = new Map([1, 2, 4, 5].map((id) => [id, "Mended."]));
  mended.open(image(6), "a", decided);
  expect(mended.open(image(3), "a", decided)).toBe(documents[2]);
  expect(mended.open(image(2), "a", decided)).toBe(documents[1]);
  expect(mended.open(image(1), "a", decided)).not.toBe(documents[0]);
});
