import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { BoxControls } from "../../../canvas/box-canvas";
import { isField } from "../../keys/field";
import type { Deeds } from "./use-deeds";

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const FAR = 10;
/** Shares of the stage. */
const PAGE = 0.1;
const FAR_PAGE = 0.5;

/** Where nothing is moved by keys, nothing is ever chosen. */
type HandDeeds = Pick<Deeds, "leave"> & Partial<Pick<Deeds, "nudge" | "grow">>;

/**
 * The keys that stay as they are: arrows, Escape, and the space bar while it is held. Where no box is `chosen`, arrows move
 * the image.
 */
export function useHandKeys(
  deeds: HandDeeds,
  view: RefObject<Pick<BoxControls, "pageBy" | "hold"> | null>,
  chosen: boolean,
  paused: boolean,
): void {
  const latest = useRef({ deeds, chosen, paused });
  useLayoutEffect(() => {
    latest.current = { deeds, chosen, paused };
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { deeds, chosen, paused } = latest.current;
      if (paused || event.altKey) return;
      if (isField(event.target)) return;
      const input = event.target instanceof HTMLInputElement ? event.target : null;
      if (input?.type === "range") {
        // A slider goes on by its own arrows until it is left.
        if (event.key === "Escape") input.blur();
        return;
      }
      const [dx, dy] = STEPS[event.key] ?? [0, 0];
      if (dx || dy) {
        const far = event.shiftKey ? FAR : 1;
        const page = event.shiftKey ? FAR_PAGE : PAGE;
        if (!chosen) view.current?.pageBy(dx * page, dy * page);
        else (event.ctrlKey || event.metaKey ? deeds.grow : deeds.nudge)?.(dx * far, dy * far);
      } else if (event.key === "Escape") {
        deeds.leave();
      } else if (event.key === " " && !input && !(event.target instanceof HTMLButtonElement)) {
        view.current?.hold(true);
      } else return;
      event.preventDefault();
    };
    const release = (event: KeyboardEvent) => event.key === " " && view.current?.hold(false);
    const away = () => view.current?.hold(false);
    window.addEventListener("keydown", press);
    window.addEventListener("keyup", release);
    window.addEventListener("blur", away);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("keyup", release);
      window.removeEventListener("blur", away);
    };
  }, [view]);
}
