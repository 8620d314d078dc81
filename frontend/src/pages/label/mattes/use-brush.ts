import { useEffect, useState } from "react";
import { MATTE_VIEW, type MatteView } from "../../../canvas/matte-views";
import { BRUSH, type BrushSettings, LARGEST } from "../../../tools/matte-tool";

/** Something that somebody has set, kept by this browser; what is kept and makes no sense is left out. */
function useSet<T extends object>(name: string, first: T) {
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? "{}") as Partial<T>;
      const known = Object.entries(kept).filter(([key, one]) => typeof one === typeof first[key as keyof T]);
      return { ...first, ...Object.fromEntries(known) };
    } catch {
      return first;
    }
  });
  useEffect(() => localStorage.setItem(name, JSON.stringify(value)), [name, value]);
  // Of what it is by then: some who change it have long waited. What changes nothing has nothing painted anew.
  const change = (part: Partial<T> | ((now: T) => Partial<T>)) =>
    setValue((now) => {
      const next = { ...now, ...(typeof part === "function" ? part(now) : part) };
      return (Object.keys(next) as (keyof T)[]).every((key) => next[key] === now[key]) ? now : next;
    });
  return [value, change] as const;
}

export function useBrush() {
  return useSet<BrushSettings>("frameloop-brush", BRUSH);
}

export function useView() {
  return useSet<MatteView>("frameloop-matte-view", MATTE_VIEW);
}

/** A size that is a sixth larger or smaller, and at least a pixel. */
export function stepped(size: number, by: 1 | -1): number {
  const step = Math.max(1, Math.round(size / 6));
  return Math.max(1, Math.min(LARGEST, size + by * step));
}
