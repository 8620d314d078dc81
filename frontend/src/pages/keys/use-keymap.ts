import { useMemo } from "react";
import type { Keymap } from "../../tools/keys";
import { keymapOf, ownKeys } from "../../tools/keymap";
import { useSettings } from "./use-settings";

/** The keys, and whether time and pace are shown, as somebody has set them for themselves. */
export function useKeymap() {
  const [settings, change] = useSettings();
  const keymap = useMemo(() => keymapOf(settings.keys), [settings.keys]);
  return {
    keymap,
    setKeymap: (next: Keymap) => change({ keys: ownKeys(next) }),
    timer: settings.timer ?? true,
    setTimer: (timer: boolean) => change({ timer }),
  };
}
