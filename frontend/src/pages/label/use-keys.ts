import { useEffect, useRef } from "react";
import type { Project } from "../../api/client";
import { type Action, actionOf, type Keymap } from "../../tools/keys";

type Keys = {
  keymap: Keymap;
  categories: Project["categories"];
  paused: boolean;
  act: (action: Action) => void;
  submit: (category: string) => void;
};

/** Listens to the keyboard for the whole page, but for fields and for Enter on what has the focus. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { keymap, categories, paused, act, submit } = latest.current;
      if (paused || isField(event.target)) return;
      const onControl = event.target instanceof HTMLElement && event.target.matches("a, button, summary");
      if (onControl && event.key === "Enter" && !event.ctrlKey) return;
      const action = actionOf(event, keymap);
      if (!action) return;
      const category =
        typeof action === "object" ? categories.find((one) => one.hotkey === action.hotkey) : null;
      if (typeof action === "object" && !category) return;
      event.preventDefault();
      if (category) submit(category.name);
      else act(action as Action);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function isField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
