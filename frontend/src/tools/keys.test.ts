import { expect, it } from "vitest";
import { keymapOf, ownKeys, refusal, withKey } from "./keymap";
import { actionOf, DEFAULTS, isTaken, keysOf, type Screen } from "./keys";

type Held = Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>>;

const press = (key: string, held: Held = {}, keymap = DEFAULTS) =>
  actionOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held }, "label", keymap);

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

it("takes a sign as it is, with Shift or without", () => {
  expect(press("?", { shiftKey: true })).toBe("help");
  expect(press("+", { shiftKey: true })).toBe("larger");
  expect(press("/")).toBe("palette");
});

it("lets a person choose another key, and knows what to remember of it", () => {
  const own = ownKeys(withKey(DEFAULTS, "skip", "q"));
  expect(own).toEqual({ skip: "q" });
  expect(press("q", {}, keymapOf(own))).toBe("skip");
  expect(press("s", {}, keymapOf(own))).toEqual({ hotkey: "s" });
  expect(ownKeys(DEFAULTS)).toEqual({});
  expect(keymapOf({})).toBe(DEFAULTS);
});

it("refuses keys of other actions, of the categories and of the browser", () => {
  expect(refusal(DEFAULTS, "skip", "o")).toContain("What the model saw");
  expect(refusal(DEFAULTS, "skip", "3")).toContain("categories");
  expect(refusal(DEFAULTS, "skip", "ctrl+w")).toContain("browser");
  expect(refusal(DEFAULTS, "skip", "e", ["label"])).toBe("");
  expect(refusal(DEFAULTS, "skip", "e")).toContain("Eraser");
  expect(refusal(DEFAULTS, "skip", "q")).toContain("Click to box");
  expect(refusal(DEFAULTS, "skip", "q", ["label", "review"])).toBe(""); // where no boxes are drawn
  expect(refusal(DEFAULTS, "boxes_hide", "shift+arrowup")).toContain("Move the box");
});

it("gives a key to one action of a screen, and to another screen's as well", () => {
  const on = (screen: Screen, key: string) =>
    actionOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false }, screen);
  expect([on("label", "a"), on("review", "a")]).toEqual(["accept", "review_accept"]);
  expect([on("review", "k"), on("suspects", "k")]).toEqual(["review_previous_label", "suspects_keep"]);
  expect([on("images", "Delete"), on("label", "Delete")]).toEqual(["images_delete", null]);
  expect(refusal(DEFAULTS, "review_accept", "s")).toBe("");
  expect(refusal(DEFAULTS, "review_accept", "x")).toContain("Send it back");
  expect(refusal(DEFAULTS, "images_delete", "space")).toContain("Choose the image");
  expect(isTaken("x", "review")).toBe(true);
  expect(isTaken("x")).toBe(false);
});

it("falls back to its own keys where what is kept makes no sense", () => {
  expect(keymapOf({ skip: 7, dance: "d" })).toEqual(DEFAULTS);
});

it("writes chords for people", () => {
  expect(keysOf("ctrl+shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
  expect(keysOf("+")).toEqual(["+"]);
});
