import { type PointerEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { fitted, type Size } from "../shapes/fit";
import { FITTED, type Point, type View, within, zoomAt } from "../shapes/view";
import { Pan } from "../tools/pan";

export type ViewControls = { zoomBy(factor: number): void; fit(): void };

const CENTRE: Point = { x: 0, y: 0 };

/** How an image stands in its stage: fitted at first, then as wheel and pointers have it. Another image starts anew. */
export function useView(id: number, image: Size, stage: RefObject<HTMLDivElement | null>) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [kept, setKept] = useState<{ id: number; view: View }>({ id, view: FITTED });
  const [pan] = useState(() => new Pan());
  const view = kept.id === id ? kept.view : FITTED;
  const fit = fitted(image, size).scale;

  const change = (next: (view: View) => View) =>
    setKept((now) => {
      const wanted = next(now.id === id ? now.view : FITTED);
      const scale = fit * wanted.zoom;
      return { id, view: within(wanted, { width: image.width * scale, height: image.height * scale }, size) };
    });
  const latest = useRef(change);
  useEffect(() => {
    latest.current = change;
  });

  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // React listens to the wheel passively; here the page must not scroll or zoom with it.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = fromCentre(element, event);
      latest.current((now) => zoomAt(now, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), at));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, [stage]);

  const pointers = {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      pan.down(event.pointerId, fromCentre(event.currentTarget, event));
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      const moved = pan.move(event.pointerId, fromCentre(event.currentTarget, event));
      if (!moved) return;
      change((now) => zoomAt({ ...now, x: now.x + moved.dx, y: now.y + moved.dy }, moved.factor, moved.at));
    },
    onPointerUp: (event: PointerEvent<HTMLDivElement>) => pan.up(event.pointerId),
    onPointerCancel: (event: PointerEvent<HTMLDivElement>) => pan.up(event.pointerId),
  };
  const controls: ViewControls = {
    zoomBy: (factor) => change((now) => zoomAt(now, factor, CENTRE)),
    fit: () => change(() => FITTED),
  };
  return { view, scale: fit * view.zoom, pointers, controls };
}

function fromCentre(element: HTMLElement, event: { clientX: number; clientY: number }): Point {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
}
