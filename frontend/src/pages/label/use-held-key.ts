import { useEffect, useRef } from "react";
import { heldKey } from "../../tools/held";
import { actionOf, type Keymap, type KeyPress } from "../../tools/keys";

/** What was pressed for this image before the program could take keys. */
export function useHeldKey(image: number | undefined, keymap: Keymap, take: (press: KeyPress) => void): void {
  const latest = useRef({ keymap, take });
  useEffect(() => {
    latest.current = { keymap, take };
  });
  useEffect(() => {
    const press = image !== undefined && heldKey(image);
    // A pre-label that could not be seen yet was not meant to be accepted.
    if (press && actionOf(press, "label", latest.current.keymap) !== "accept") latest.current.take(press);
  }, [image]);
}
