import { chordOf, type KeyPress } from "./keys";

type Held = { image: number; press?: KeyPress; stop: AbortController };

declare global {
  /** The page's: its first script and the program are two files without a common module. */
  var held: Held | undefined;
}

/** An image can be seen, and the program cannot take keys yet: the first one is kept for it. */
export function holdKey(image: number): void {
  const held: Held = { image, stop: new AbortController() };
  globalThis.held = held;
  const keep = (press: KeyboardEvent) => {
    // What is typed into a field, sign-in's say, is not meant for the image.
    if (press.target === document.body && chordOf(press)) held.press ??= press;
  };
  addEventListener("keydown", keep, { signal: held.stop.signal });
}

/** What was pressed for this image before, once. */
export function heldKey(image: number): KeyPress | null {
  const { held } = globalThis;
  globalThis.held = undefined;
  held?.stop.abort();
  return (held?.image === image && held.press) || null;
}
