import { useEffect, useRef, useState } from "react";
import type { Incoming } from "../../store/upload";
import { filesOf, pickedFiles } from "./entries";

/**
 * Files dropped or pasted anywhere on the page, for a drop beside the frame would leave it. Says whether some are being
 * dragged over it.
 */
export function useArrivals(add: (files: Incoming[]) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(add);
  useEffect(() => {
    latest.current = add;
  });
  useEffect(() => {
    const dragged = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const left = (event: DragEvent) => {
      if (!event.relatedTarget) setOver(false);
    };
    const dropped = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      setOver(false);
      if (event.defaultPrevented) return; // a part of the page has taken it
      event.preventDefault();
      // Entries are gone after the first await: take them all before it.
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
      const found = entries.filter((entry) => entry !== null).map((entry) => filesOf(entry));
      void Promise.all(found).then((files) => latest.current(files.flat()));
    };
    const pasted = (event: ClipboardEvent) => {
      if (event.clipboardData?.files.length) latest.current(pickedFiles(event.clipboardData.files));
    };
    const listeners = { dragover: dragged, dragleave: left, drop: dropped, paste: pasted };
    const all = Object.entries(listeners) as [string, EventListener][];
    all.forEach(([name, listener]) => window.addEventListener(name, listener));
    return () => all.forEach(([name, listener]) => window.removeEventListener(name, listener));
  }, []);
  return over;
}
