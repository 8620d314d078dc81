import type { MouseEvent, PointerEvent } from "react";

/** A button that was clicked does not keep the focus: Enter goes on accepting, and does not press it again. */
export function leaveFocus(event: MouseEvent) {
  // In a dialog it does: a key that is pressed there is meant for it.
  if (!(event.target instanceof Element) || event.target.closest("[role=dialog]")) return;
  if (event.target.closest("button")) event.preventDefault();
}

/** Nor does a slider that was let go: arrows go on with the boxes. Reached by Tab it keeps it. */
export function leaveSlider(event: PointerEvent) {
  if (event.target instanceof HTMLInputElement && event.target.type === "range") event.target.blur();
}
