/** What all labeling screens have, under the same keys. */
const LABELING = {
  skip: ["Skip, with a reason", "s"],
  comment: ["Comments on the image", "c"],
  undo: ["Undo the last change or submit", "ctrl+z"],
  redo: ["Redo it", "ctrl+shift+z", "ctrl+y"],
  next: ["Next image", "f"],
  previous: ["Previous image", "d"],
  mine: ["My last labels", "m"],
  adjust: ["Brightness and contrast", "l"],
  larger: ["Larger, as the wheel does", "+", "="],
  smaller: ["Smaller", "-"],
  fit: ["The whole image", "0"],
  timer: ["Time and pace, on or off", "p"],
  instructions: ["Instructions", "i"],
  help: ["Keys", "?"],
} as const;

/** Where there are categories to choose from. */
const CATEGORIES = {
  palette: ["Find a category by its name", "/"],
} as const;

/** What keys do, screen by screen. On one screen a key does one thing, and beats a category's. */
const KEYS = {
  label: {
    accept: ["Accept the pre-label and go on", "enter", "ctrl+enter", "a"],
    repeat: ["Label as the one before", "g"],
    evidence: ["What the model saw", "o"],
    ...CATEGORIES,
    ...LABELING,
  },
  boxes: {
    boxes_accept_all: ["Accept all pre-labels in sight, and submit", "enter"],
    boxes_submit: ["Submit what is accepted and drawn", "ctrl+enter"],
    boxes_accept: ["Accept the pre-label", "a"],
    boxes_reject: ["Reject the pre-label", "x"],
    boxes_next: ["Next pre-label, the least confident first", "j"],
    boxes_previous: ["Previous pre-label", "k"],
    boxes_select: ["Choose, move and resize", "v"],
    boxes_draw: ["Box, by a drag or two clicks", "r"],
    boxes_extremes: ["Box, by its four extreme points", "shift+r"],
    boxes_snap: ["Click to box", "q"],
    boxes_pan: ["Move the image", "h"],
    boxes_new: ["Box in the middle of what is in sight", "n"],
    boxes_duplicate: ["Duplicate the box", "ctrl+d"],
    boxes_repeat: ["Copy all boxes from the image before", "g"],
    boxes_hide: ["Hide the box, or show it", "u"],
    boxes_lock: ["Lock the box, or unlock it", "w"],
    boxes_delete: ["Delete the box", "delete", "backspace"],
    boxes_names: ["Names on the boxes", "o"],
    ...CATEGORIES,
    ...LABELING,
  },
  mattes: {
    mattes_accept_all: ["Accept the matte as it stands, and go on", "enter"],
    mattes_submit: ["Submit the matte, and go on", "ctrl+enter"],
    mattes_accept: ["Accept what is proposed, or the pre-label as it is", "a"],
    mattes_subtract: ["Take away what is proposed", "shift+a"],
    mattes_reject: ["Reject what is proposed, or the pre-label for an empty matte", "x"],
    mattes_brush: ["Brush", "b"],
    mattes_erase: ["Eraser", "e"],
    mattes_lasso: ["Lasso, with Control to erase", "k"],
    mattes_segment: ["Click to segment", "r"],
    mattes_unknown: ["Trimap: unknown", "t"],
    mattes_foreground: ["Trimap: sure foreground", "q"],
    mattes_background: ["Trimap: sure background", "w"],
    mattes_pan: ["Move the image", "h", "v"],
    mattes_thinner: ["Smaller brush", "[", ","],
    mattes_thicker: ["Larger brush", "]", "."],
    mattes_softer: ["Softer brush", "{", "<"],
    mattes_harder: ["Harder brush", "}", ">"],
    mattes_copy: ["Copy the matte of the image before", "g"],
    mattes_copy_trimap: ["Copy the trimap of the image before", "shift+g"],
    mattes_band: ["Unknown band around the matte's edge, as a trimap", "shift+t"],
    mattes_widen: ["Widen the trimap's unknown band", "shift+u"],
    mattes_solve: ["Solve the trimap", "shift+s"],
    mattes_solve_seen: ["Solve the trimap where it is in sight", "shift+w"],
    mattes_feather: ["Feather", "shift+f"],
    mattes_grow: ["Grow", "shift+e"],
    mattes_shrink: ["Shrink", "shift+c"],
    mattes_smooth: ["Smooth", "shift+m"],
    mattes_invert: ["Invert", "shift+i"],
    mattes_fill: ["Fill holes", "shift+o"],
    mattes_levels: ["Levels", "shift+l"],
    mattes_overlay: ["Look at it as a tint", "o"],
    mattes_grey: ["Look at it in grey", "u"],
    mattes_cutout: ["Look at the cut-out, on another background each time", "j"],
    mattes_trimap: ["Look at the trimap", "y"],
    mattes_split: ["Before and after", "z"],
    ...LABELING,
  },
  review: {
    review_accept: ["Accept the label", "a", "enter"],
    review_send_back: ["Send it back, with a comment", "x"],
    review_next_label: ["Next label of the image", "j"],
    review_previous_label: ["Previous label of the image", "k"],
    review_next: ["Next image", "f"],
    review_previous: ["Previous image", "d"],
    review_evidence: ["What the model saw", "o"],
    review_comment: ["Comments on the image", "c"],
    review_undo: ["Take the last change or verdict back", "ctrl+z"],
    review_select: ["Choose, move and resize a box", "v"],
    review_draw: ["Draw a box", "r"],
    review_delete_box: ["Delete the box", "delete", "backspace"],
    review_brush: ["Mend the matte with the brush", "b"],
    review_erase: ["Mend it with the eraser", "e"],
    review_pan: ["Move the image", "h"],
    review_thinner: ["Smaller brush", "[", ","],
    review_thicker: ["Larger brush", "]", "."],
    review_view: ["Another look at the matte", "y"],
    review_help: ["Keys", "?"],
  },
  suspects: {
    suspects_keep: ["Keep the label", "k"],
    suspects_relabel: ["Relabel as suggested", "r"],
    suspects_help: ["Keys", "?"],
  },
  images: {
    images_delete: ["Delete what is chosen", "delete"],
    images_help: ["Keys", "?"],
  },
} as const satisfies Record<string, Record<string, readonly [text: string, ...keys: string[]]>>;

export type Screen = keyof typeof KEYS;
export type ActionOf<S extends Screen> = S extends Screen ? keyof (typeof KEYS)[S] : never;
export type Action = ActionOf<Screen>;
/** What every labeling screen does. */
export type LabelingAction = keyof typeof LABELING;
/** What those do where images have categories. */
export type NamingAction = keyof typeof CATEGORIES;
export type Keymap = Readonly<Record<Action, readonly string[]>>;

export const SCREENS = Object.keys(KEYS) as Screen[];
// What screens share stands in it once for each, and is the same.
const ALL = SCREENS.flatMap((screen) => Object.entries(KEYS[screen])) as [Action, [string, ...string[]]][];
export const TEXTS = each(([text]) => text);
export const DEFAULTS: Keymap = each(([, ...keys]) => keys);

function each<T>(part: (row: [string, ...string[]]) => T): Record<Action, T> {
  return Object.fromEntries(ALL.map(([action, row]) => [action, part(row)])) as Record<Action, T>;
}

export function actionsOf<S extends Screen>(screen: S): ActionOf<S>[] {
  return Object.keys(KEYS[screen]) as ActionOf<S>[];
}

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

/** The action of a key press on a screen, or the hotkey that a category may have. */
export function actionOf<S extends Screen>(
  press: KeyPress,
  screen: S,
  keymap: Keymap = DEFAULTS,
): ActionOf<S> | { hotkey: string } | null {
  const chord = chordOf(press);
  if (!chord) return null;
  const action = actionsOf(screen).find((one) => keymap[one].includes(chord));
  if (action) return action;
  return /^[0-9a-z]$/.test(chord) ? { hotkey: chord } : null;
}

/** Keys that a category cannot have. */
export function isTaken(hotkey: string, screen: Screen = "label", keymap: Keymap = DEFAULTS): boolean {
  return actionsOf(screen).some((action) => keymap[action].includes(hotkey.toLowerCase()));
}

const CAPS: Record<string, string> = {
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  pageup: "Page ↑",
  pagedown: "Page ↓",
  delete: "Del",
  escape: "Esc",
};

/** A chord for people: `Ctrl Shift Z`. */
export function keysOf(chord: string): string[] {
  const parts = chord === "+" ? ["+"] : chord.split("+");
  return parts.map((part) => CAPS[part] ?? part.charAt(0).toUpperCase() + part.slice(1));
}
