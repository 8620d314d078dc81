import { type Action, ACTIONS, DEFAULTS, type Keymap, TEXTS } from "./keys";

/** The keys as this person has set them, kept in the browser. */
const NAME = "frameloop-keys";
const BROWSERS = /^ctrl\+(shift\+)?[wtnrlq]$/;

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function loadKeymap(kept: Kept): Keymap {
  try {
    const own = JSON.parse(kept.getItem(NAME) ?? "{}") as Partial<Record<Action, unknown>>;
    const chosen = ACTIONS.filter((action) => typeof own[action] === "string");
    if (!chosen.length) return DEFAULTS;
    return { ...DEFAULTS, ...Object.fromEntries(chosen.map((action) => [action, [own[action]]])) };
  } catch {
    return DEFAULTS;
  }
}

/** Why a chord cannot be an action's; empty when it can. */
export function refusal(keymap: Keymap, action: Action, chord: string): string {
  if (/^[1-9]$/.test(chord)) return "The digits belong to the categories.";
  if (BROWSERS.test(chord)) return "The browser owns this one.";
  const other = ACTIONS.find((one) => one !== action && keymap[one].includes(chord));
  return other ? `Taken by: ${TEXTS[other]}.` : "";
}

export function withKey(keymap: Keymap, action: Action, chord: string): Keymap {
  return { ...keymap, [action]: [chord] };
}

export function saveKeymap(kept: Kept, keymap: Keymap): void {
  const own = ACTIONS.filter((action) => keymap[action] !== DEFAULTS[action]);
  if (own.length)
    kept.setItem(NAME, JSON.stringify(Object.fromEntries(own.map((one) => [one, keymap[one][0]]))));
  else kept.removeItem(NAME);
}
