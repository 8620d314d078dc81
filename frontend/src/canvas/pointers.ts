import type { Point } from "../shapes/view";
import type { Gestures, Pointer } from "../tools/gestures";
import type { Layers } from "./layers";

type Wiring = {
  stage: HTMLElement;
  layers: Layers;
  gestures: Gestures;
  /** Where the pointer is, for the crosshair; null where there is none. */
  hover(at: Point | null): void;
};

/** Listens to pointers and the wheel on the stage. Returns what ends it. */
export function listen({ stage, layers, gestures, hover }: Wiring): () => void {
  const stop = new AbortController();
  const pointerOf = (event: PointerEvent): Pointer => {
    const box = stage.getBoundingClientRect();
    const on = { x: event.clientX - box.left, y: event.clientY - box.top };
    return {
      id: event.pointerId,
      kind: event.pointerType,
      button: event.button,
      on,
      at: layers.scene.toImage(on),
      scale: layers.scene.camera.scale,
      select: event.ctrlKey || event.metaKey,
    };
  };
  const point = (event: PointerEvent, pointer: Pointer) => {
    hover(event.pointerType === "touch" ? null : pointer.on);
    stage.style.cursor = gestures.cursor(pointer);
  };
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    act: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => stage.addEventListener(name, act, { signal: stop.signal, passive });

  on("pointerdown", (event) => {
    if (event.button > 1 || (event.target as Element).closest("button")) return;
    // The middle button would begin to scroll by itself.
    if (event.button === 1) event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    const pointer = pointerOf(event);
    gestures.down(pointer);
    point(event, pointer);
  }, false); // prettier-ignore
  on("pointermove", (event) => {
    // Of the moves since the last frame the newest one counts.
    const newest = event.getCoalescedEvents?.().at(-1) ?? event;
    const pointer = pointerOf(newest.clientX === undefined ? event : newest);
    gestures.move(pointer);
    point(event, pointer);
  });
  on("pointerup", (event) => {
    const pointer = pointerOf(event);
    gestures.up(pointer);
    point(event, pointer);
  });
  on("pointercancel", (event) => gestures.lost(event.pointerId));
  on("pointerleave", () => hover(null));
  on("wheel", (event) => {
    // Here the page must not scroll or zoom with it.
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) layers.look(layers.scene.shifted(-sideways, 0));
    else layers.look(layers.scene.zoomed(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), at));
  }, false); // prettier-ignore
  // A long press of a finger would open the browser's menu over what is drawn.
  on("contextmenu", (event) => event.preventDefault(), false);
  return () => stop.abort();
}
