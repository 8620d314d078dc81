import { type Action, actionsOf, DEFAULTS, type Keymap, type Screen, SCREENS, TEXTS } from "./keys";

const BROWSERS = /^ctrl\+(shift\+)?[wtnrlq]$/;
const ACTIONS = [...new Set(SCREENS.flatMap(actionsOf) as Action[])];

/** Keys that a screen has and that stay as they are. */
export const FIXED: Partial<
  Record<Screen, readonly { text: string; chords: readonly string[]; chooses?: true }[]>
> = {
  boxes: [
    {
      text: "Move the box by 1 pixel, with Shift by 10",
      chords: ["arrowleft", "arrowright", "arrowup", "arrowdown"],
    },
    {
      text: "Grow and shrink it, with Shift by 10",
      chords: ["ctrl+arrowleft", "ctrl+arrowright", "ctrl+arrowup", "ctrl+arrowdown"],
    },
    {
      text: "Move an enlarged image where no box is chosen, with Shift further",
      chords: ["arrowleft", "arrowright", "arrowup", "arrowdown"],
    },
    { text: "Move the image while it is held", chords: ["space"] },
    { text: "Leave a half-drawn box, then the chosen one", chords: ["escape"] },
  ],
  mattes: [
    {
      text: "Move an enlarged image, with Shift further",
      chords: ["arrowleft", "arrowright", "arrowup", "arrowdown"],
    },
    { text: "Move the image while it is held", chords: ["space"] },
    { text: "Leave a half-painted stroke, then what is proposed", chords: ["escape"] },
  ],
  images: [
    { text: "Walk", chords: ["arrowleft", "arrowright", "arrowup", "arrowdown"] },
    { text: "A screen up, down", chords: ["pageup", "pagedown"] },
    { text: "To the first, the last", chords: ["home", "end"] },
    { text: "Open the image", chords: ["enter"] },
    { text: "Choose the image", chords: ["space"], chooses: true },
    { text: "Choose all up to there", chords: ["shift+space"], chooses: true },
    { text: "Choose none", chords: ["escape"], chooses: true },
  ],
};

/** The keymap with the keys that somebody has set for themselves. */
export function keymapOf(own: Record<string, unknown> = {}): Keymap {
  const chosen = ACTIONS.filter((action) => typeof own[action] === "string");
  if (!chosen.length) return DEFAULTS;
  return { ...DEFAULTS, ...Object.fromEntries(chosen.map((action) => [action, [own[action]]])) };
}

/**
 * Why a chord cannot be an action's; empty when it can. Other screens may have it, too, and so may what an action that
 * several screens share meets on those that are not `among` the ones in question.
 */
export function refusal(
  keymap: Keymap,
  action: Action,
  chord: string,
  among: readonly Screen[] = SCREENS,
): string {
  if (/^[1-9]$/.test(chord)) return "The digits belong to the categories.";
  if (BROWSERS.test(chord)) return "The browser owns this one.";
  const screens = among.filter((one) => (actionsOf(one) as Action[]).includes(action));
  const plain = chord.replace(/shift\+(?=arrow)/, "");
  const fixed = screens
    .flatMap((screen) => FIXED[screen] ?? [])
    .find(({ chords }) => chords.includes(chord) || chords.includes(plain));
  if (fixed) return `Taken by: ${fixed.text}.`;
  const others = screens.flatMap(actionsOf) as Action[];
  const other = others.find((one) => one !== action && keymap[one].includes(chord));
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
