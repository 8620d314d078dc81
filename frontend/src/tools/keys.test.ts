import { expect, it } from "vitest";
import { actionOf, isTaken } from "./keys";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}) =>
  actionOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

it("undoes and redoes on both keyboards", () => {
  expect(press("z", { ctrlKey: true })).toBe("undo");
  expect(press("Z", { metaKey: true, shiftKey: true })).toBe("redo");
});

it("leaves the browser's own shortcuts and the Tab key alone", () => {
  for (const key of ["w", "t", "n", "r", "l"]) expect(press(key, { ctrlKey: true })).toBeNull();
  expect(press("Tab")).toBeNull();
  expect(press("ArrowLeft", { altKey: true })).toBeNull();
});

it("gives numbers and letters to categories, but for those of the tools", () => {
  expect(press("1")).toEqual({ hotkey: "1" });
  expect(press("E")).toEqual({ hotkey: "e" });
  expect(press("s")).toBe("skip");
  expect(isTaken("s")).toBe(true);
  expect(isTaken("1")).toBe(false);
});
