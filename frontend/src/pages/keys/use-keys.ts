import { useEffect, useLayoutEffect, useRef } from "react";
import type { Project } from "../../api/client";
import { type ActionOf, actionOf, type Keymap, type KeyPress, type Screen } from "../../tools/keys";
import { isField } from "./field";

type Keys<S extends Screen> = {
  screen: S;
  keymap: Keymap;
  categories?: Project["categories"];
  paused: boolean;
  /** A key that is held down counts once. */
  once?: boolean;
  act: (action: ActionOf<S>) => unknown;
  submit?: (category: string) => void;
};

/**
 * Listens to the keyboard for the whole page, but for fields and for Enter on what has the focus. Returns what a key
 * press does as things stand.
 */
export function useKeys<S extends Screen>(keys: Keys<S>) {
  const latest = useRef(keys);
  useLayoutEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { paused, once } = latest.current;
      if (paused || (once && event.repeat) || isField(event.target)) return;
      const onControl = event.target instanceof HTMLElement && event.target.matches("a, button, summary");
      if (onControl && event.key === "Enter" && !event.ctrlKey) return;
      const deed = deedOf(event, latest.current);
      if (!deed) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return latest;
}

export function deedOf<S extends Screen>(press: KeyPress, keys: Keys<S>): (() => void) | null {
  const { screen, keymap, categories, act, submit } = keys;
  const action = actionOf(press, screen, keymap);
  if (!action) return null;
  if (typeof action === "string") return () => act(action);
  const category = categories?.find((one) => one.hotkey === (action as { hotkey: string }).hotkey);
  return category && submit ? () => submit(category.name) : null;
}
