import { useEffect, useLayoutEffect, useRef } from "react";
import type { Project } from "../../api/client";
import { heldKey } from "../../tools/held";
import { type Action, actionOf, type Keymap } from "../../tools/keys";

type Keys = {
  image: number | undefined;
  keymap: Keymap;
  categories: Project["categories"];
  paused: boolean;
  act: (action: Action) => void;
  submit: (category: string) => void;
};

/** Listens to the keyboard for the whole page, but for fields and for Enter on what has the focus. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useLayoutEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { keymap, paused } = latest.current;
      if (paused || isField(event.target)) return;
      const onControl = event.target instanceof HTMLElement && event.target.matches("a, button, summary");
      if (onControl && event.key === "Enter" && !event.ctrlKey) return;
      const deed = deedOf(actionOf(event, keymap), latest.current);
      if (!deed) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  const { image } = keys;
  useEffect(() => {
    const press = image !== undefined && heldKey(image);
    const action = press ? actionOf(press, latest.current.keymap) : null;
    // A pre-label that could not be seen yet was not meant to be accepted.
    if (action !== "accept") deedOf(action, latest.current)?.();
  }, [image]);
}

function deedOf(action: ReturnType<typeof actionOf>, { categories, act, submit }: Keys): (() => void) | null {
  if (!action) return null;
  if (typeof action === "string") return () => act(action);
  const category = categories.find((one) => one.hotkey === action.hotkey);
  return category ? () => submit(category.name) : null;
}

function isField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
