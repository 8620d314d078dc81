import { afterEach, expect, it, vi } from "vitest";
import { heldKey, holdKey } from "./held";

const target = new EventTarget();
vi.stubGlobal("document", { body: target });
vi.stubGlobal("addEventListener", target.addEventListener.bind(target));
const press = (key: string) =>
  target.dispatchEvent(
    Object.assign(new Event("keydown"), {
      key,
      altKey: false,
      ctrlKey: false,
      metaKey: false,
      shiftKey: false,
    }),
  );

afterEach(() => void heldKey(0));

it("keeps the first key for the image that is seen, and none for one that is not", () => {
  press("1");
  holdKey(7);
  for (const key of ["Shift", "2", "3"]) press(key);
  expect(heldKey(7)).toMatchObject({ key: "2" });
  expect(heldKey(7)).toBeNull();
});

it("gives no image the key that was pressed for another", () => {
  holdKey(7);
  press("2");
  expect(heldKey(8)).toBeNull();
});

it("leaves keys alone once the program takes them", () => {
  holdKey(7);
  expect(heldKey(7)).toBeNull();
  press("2");
  expect(heldKey(7)).toBeNull();
});
