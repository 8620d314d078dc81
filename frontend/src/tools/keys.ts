/** What each key does on the labeling screen; a tool's key beats a category's. */
export type Action =
  | "accept"
  | "repeat"
  | "palette"
  | "skip"
  | "comment"
  | "undo"
  | "redo"
  | "next"
  | "previous"
  | "mine"
  | "evidence"
  | "adjust"
  | "larger"
  | "smaller"
  | "fit"
  | "timer"
  | "instructions"
  | "help";

export type Keymap = Readonly<Record<Action, readonly string[]>>;

export const DEFAULTS: Keymap = {
  accept: ["enter", "ctrl+enter", "a"],
  repeat: ["g"],
  palette: ["/"],
  skip: ["s"],
  comment: ["c"],
  undo: ["ctrl+z"],
  redo: ["ctrl+shift+z", "ctrl+y"],
  next: ["f"],
  previous: ["d"],
  mine: ["m"],
  evidence: ["o"],
  adjust: ["l"],
  larger: ["+", "="],
  smaller: ["-"],
  fit: ["0"],
  timer: ["p"],
  instructions: ["i"],
  help: ["?"],
};

export const TEXTS: Readonly<Record<Action, string>> = {
  accept: "Accept the pre-label and go on",
  repeat: "Label as the one before",
  palette: "Find a category by its name",
  skip: "Skip, with a reason",
  comment: "Comments on the image",
  undo: "Undo the last submit",
  redo: "Redo it",
  next: "Next image",
  previous: "Previous image",
  mine: "My last labels",
  evidence: "What the model saw",
  adjust: "Brightness and contrast",
  larger: "Larger, as the wheel does",
  smaller: "Smaller",
  fit: "The whole image",
  timer: "Time and pace, on or off",
  instructions: "Instructions",
  help: "Keys",
};

export const ACTIONS = Object.keys(DEFAULTS) as Action[];

export type KeyPress = {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
};

/** A key press as it is written in a keymap: `s`, `?`, `ctrl+shift+z`. None for what is no shortcut of ours. */
export function chordOf(press: KeyPress): string | null {
  if (press.altKey || ["Control", "Shift", "Meta", "Alt", "Tab", "Escape"].includes(press.key)) return null;
  const control = press.ctrlKey || press.metaKey;
  const key = press.key.toLowerCase();
  // A sign such as ? is typed with Shift on some keyboards: there the sign alone counts.
  const shift = press.shiftKey && (control || key.length > 1 || /[a-z]/.test(key));
  return `${control ? "ctrl+" : ""}${shift ? "shift+" : ""}${key === " " ? "space" : key}`;
}

/** The action of a key press, or the hotkey that a category may have. */
export function actionOf(press: KeyPress, keymap: Keymap = DEFAULTS): Action | { hotkey: string } | null {
  const chord = chordOf(press);
  if (!chord) return null;
  const action = ACTIONS.find((one) => keymap[one].includes(chord));
  if (action) return action;
  return /^[0-9a-z]$/.test(chord) ? { hotkey: chord } : null;
}

/** Keys that a category cannot have. */
export function isTaken(hotkey: string, keymap: Keymap = DEFAULTS): boolean {
  return ACTIONS.some((action) => keymap[action].includes(hotkey.toLowerCase()));
}

/** A chord for people: `Ctrl Shift Z`. */
export function keysOf(chord: string): string[] {
  const parts = chord === "+" ? ["+"] : chord.split("+");
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1));
}
