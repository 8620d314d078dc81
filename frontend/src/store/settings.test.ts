import { expect, it } from "vitest";
import { keepSettings, settingsSent, unsentSettings } from "./settings";

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
}

it("keeps what was changed until the server has it, for the same person alone", () => {
  const kept = storage();
  keepSettings(kept, 1, { timer: false });
  expect(unsentSettings(kept, 1)).toEqual({ timer: false });
  expect(unsentSettings(kept, 2)).toBeNull();
  settingsSent(kept, 1, { timer: false });
  expect(unsentSettings(kept, 1)).toBeNull();
});

it("keeps what was changed again while the first change was on its way", () => {
  const kept = storage();
  keepSettings(kept, 1, { timer: false });
  keepSettings(kept, 1, { timer: true });
  settingsSent(kept, 1, { timer: false });
  expect(unsentSettings(kept, 1)).toEqual({ timer: true });
});

it("takes what makes no sense for nothing", () => {
  const kept = storage();
  kept.setItem("frameloop-screen-1", "{broken");
  expect(unsentSettings(kept, 1)).toBeNull();
});
