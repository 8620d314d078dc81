import type { Point } from "../shapes/view";
import type { Hands, Pointer } from "../tools/hands";
import type { Sheets } from "./sheets";

type Wiring = {
  stage: HTMLElement;
  layers: Pick<Sheets<string>, "scene" | "look">;
  gestures: Hands;
  /** Whether a tool draws by all the moves between two frames, and not by the newest alone. */
  all?: boolean;
  /** Where the pointer is, for the crosshair; null where there is none. */
  hover(at: Point | null): void;
};

/** The other end of a pen, among `buttons` and as a `button`. */
const ERASER = 32;
const ERASER_BUTTON = 5;

/** Listens to pointers and the wheel on the stage. Returns what ends it. */
export function listen({ stage, layers, gestures, hover, all = false }: Wiring): () => void {
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
      pressure: event.pointerType === "pen" ? event.pressure : 1,
      eraser: event.pointerType === "pen" && (event.buttons & ERASER) !== 0,
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
    if ((event.button > 1 && event.button !== ERASER_BUTTON) || (event.target as Element).closest("button")) return;
    // The middle button would begin to scroll by itself.
    if (event.button === 1) event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    const pointer = pointerOf(event);
    gestures.down(pointer);
    point(event, pointer);
  }, false); // prettier-ignore
  on("pointermove", (event) => {
    const moves = event.getCoalescedEvents?.() ?? [];
    // An event that a program made has none.
    const there = moves.length && moves[0]!.clientX !== undefined ? moves : [event];
    const pointers = (all ? there : there.slice(-1)).map(pointerOf);
    pointers.forEach((pointer) => gestures.move(pointer));
    point(event, pointers.at(-1)!);
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
