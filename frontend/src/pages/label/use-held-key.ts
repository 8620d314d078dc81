import { useEffect, useRef } from "react";
import { heldKey } from "../../tools/held";
import { type Action, actionOf, type Keymap, type KeyPress, type Screen } from "../../tools/keys";

/** A pre-label that could not be seen yet was not meant to be accepted. */
const ACCEPTING: readonly Action[] = [
  "accept",
  "boxes_accept_all",
  "boxes_submit",
  "boxes_accept",
  "mattes_accept_all",
  "mattes_submit",
  "mattes_accept",
];

/** What was pressed for this image before the program could take keys. */
export function useHeldKey(
  image: number | undefined,
  keymap: Keymap,
  screen: Screen,
  take: (press: KeyPress) => void,
): void {
  const latest = useRef({ keymap, take });
  useEffect(() => {
    latest.current = { keymap, take };
  });
  useEffect(() => {
    const press = image !== undefined && heldKey(image);
    if (!press) return;
    const action = actionOf(press, screen, latest.current.keymap);
    if (!(typeof action === "string" && ACCEPTING.includes(action))) latest.current.take(press);
  }, [image, screen]);
}
