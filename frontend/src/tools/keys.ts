/** What each key does on the labeling screen; a tool's key beats a category's. */
export type Action =
  | "accept" | "palette" | "skip" | "undo" | "redo" | "next" | "previous" | "help" | "evidence" | "instructions";

export const KEYS: readonly { action: Action; keys: string; text: string }[] = [
  { action: "accept", keys: "Enter", text: "Accept the pre-label and go on" },
  { action: "palette", keys: "/", text: "Type to find a category" },
  { action: "skip", keys: "S", text: "Skip, with a reason" },
  { action: "undo", keys: "Ctrl Z", text: "Undo the last submit" },
  { action: "redo", keys: "Ctrl Shift Z", text: "Do it again" },
  { action: "next", keys: "F", text: "Next image" },
  { action: "previous", keys: "D", text: "Previous image" },
  { action: "evidence", keys: "O", text: "Show or hide what the model saw" },
  { action: "instructions", keys: "I", text: "Show or hide the instructions" },
  { action: "help", keys: "?", text: "This list" },
];

const SINGLE: Record<string, Action> = {
  Enter: "accept", "/": "palette", s: "skip", f: "next", d: "previous", o: "evidence", i: "instructions", "?": "help",
};

type KeyPress = { key: string; ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; altKey: boolean };

/** The action of a key press, or the hotkey that a category may have. Browser shortcuts are left alone. */
export function actionOf(press: KeyPress): Action | { hotkey: string } | null {
  if (press.ctrlKey || press.metaKey) {
    if (press.key.toLowerCase() === "z" && !press.altKey) return press.shiftKey ? "redo" : "undo";
    return press.key === "Enter" ? "accept" : null;
  }
  if (press.altKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const action = SINGLE[key];
  if (action) return action;
  return /^[0-9a-z]$/.test(key) ? { hotkey: key } : null;
}

/** Keys that a category cannot have. */
export function isTaken(hotkey: string): boolean {
  return hotkey.toLowerCase() in SINGLE;
}
