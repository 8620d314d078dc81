import { type Action, ACTIONS, DEFAULTS, type Keymap, TEXTS } from "./keys";

const BROWSERS = /^ctrl\+(shift\+)?[wtnrlq]$/;

/** The keymap with the keys that somebody has set for themselves. */
export function keymapOf(own: Record<string, unknown> = {}): Keymap {
  const chosen = ACTIONS.filter((action) => typeof own[action] === "string");
  if (!chosen.length) return DEFAULTS;
  return { ...DEFAULTS, ...Object.fromEntries(chosen.map((action) => [action, [own[action]]])) };
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

/** What differs from the keys as they come. */
export function ownKeys(keymap: Keymap): Record<string, string> {
  const own = ACTIONS.filter((action) => keymap[action] !== DEFAULTS[action]);
  return Object.fromEntries(own.map((action) => [action, keymap[action][0] ?? ""]));
}
