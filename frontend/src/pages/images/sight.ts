import { type RefObject, useLayoutEffect, useState } from "react";

export const GAP = 12;
const NARROWEST = 150; // pixels of a tile
export const TEXT = 36; // pixels of what stands under a picture
const STEP = 2; // rows that come and go together
const TOO_FAST = 4000; // pixels a second, at which nobody sees a picture
const AT_REST = 200; // milliseconds without a move

export function useLayout(box: RefObject<HTMLDivElement | null>) {
  const [layout, set] = useState({ columns: 1, width: NARROWEST, top: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      if (!box.current) return;
      const { width, top } = box.current.getBoundingClientRect();
      const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
      const next = { columns, width, top: Math.round(top + scrollY) };
      set((was) => (was.columns === columns && was.width === width && was.top === next.top ? was : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    observer.observe(document.body); // what stands above may grow
    return () => observer.disconnect();
  }, [box]);
  return layout;
}

/** The rows in sight with some around them: as all are of one height, a division finds them. And whether they fly by. */
export function useInSight(rows: number, height: number, top: number) {
  const [sight, set] = useState({ first: 0, end: STEP * 3, fast: false });
  useLayoutEffect(() => {
    let [was, when, timer, speed] = [scrollY, performance.now(), 0, 0];
    const look = (fast?: boolean) => {
      const blocks = (pixels: number) => Math.floor(pixels / height / STEP);
      const first = Math.max(0, blocks(scrollY - top) - 1) * STEP;
      const end = Math.min(rows, Math.max(0, blocks(scrollY + innerHeight - top) + 2) * STEP);
      set((old) => {
        const next = { first, end, fast: fast ?? old.fast };
        return old.first === first && old.end === end && old.fast === next.fast ? old : next;
      });
    };
    const rest = () => {
      speed = 0;
      look(false);
    };
    const scrolled = () => {
      const now = performance.now();
      // A frame may be late: what counts is how it goes over several.
      speed = 0.7 * speed + (300 * Math.abs(scrollY - was)) / Math.max(8, now - when);
      [was, when] = [scrollY, now];
      clearTimeout(timer);
      timer = window.setTimeout(rest, AT_REST);
      look(speed > TOO_FAST);
    };
    const resized = () => look();
    look();
    timer = window.setTimeout(rest, AT_REST);
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("resize", resized);
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", scrolled);
      removeEventListener("resize", resized);
    };
  }, [rows, height, top]);
  return sight;
}

export function bringIntoView(from: number, height: number): void {
  const above = 72; // where a bar may cover it
  if (from < scrollY + above) scrollTo({ top: from - above });
  else if (from + height > scrollY + innerHeight - above)
    scrollTo({ top: from + height - innerHeight + above });
}
