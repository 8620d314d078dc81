import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Icon } from "./icon";

const FOCUSABLE = "a[href],button:not(:disabled),input,select,textarea,summary";

type Props = { title: string; close: () => void; broad?: boolean; children: ReactNode };

/** A dialog over the page: Escape and a click outside close it; the focus stays inside, and goes back afterwards. */
export function Sheet({ title, close, broad, children }: Props) {
  const panel = useRef<HTMLDivElement>(null);
  // Read before anything in here can take the focus to itself.
  const [before] = useState(() => document.activeElement as HTMLElement | null);
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    return () => before?.focus();
  }, [before]);
  useEffect(() => {
    // A focus that was on what is gone by now is nowhere, and its keys come past the panel.
    const lost = (event: globalThis.KeyboardEvent) => {
      if (document.activeElement !== document.body || !panel.current) return;
      if (event.key === "Escape") close();
      if (event.key === "Tab") keepInside(panel.current, event);
    };
    document.addEventListener("keydown", lost);
    return () => document.removeEventListener("keydown", lost);
  }, [close]);
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Tab" && panel.current) keepInside(panel.current, event);
  };
  return (
    <div
      className="sheet"
      onMouseDown={(event) => event.target === event.currentTarget && close()}
      onKeyDown={keys}
    >
      <div
        className={`panel${broad ? " broad" : ""}`}
        role="dialog"
        aria-modal="true"
        aria-label={title}
        tabIndex={-1}
        ref={panel}
      >
        <div className="row between still">
          <h2>{title}</h2>
          <button type="button" className="button quiet icon small" onClick={close} aria-label="Close">
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </div>
  );
}

function keepInside(panel: HTMLElement, event: Pick<Event, "preventDefault"> & { shiftKey: boolean }): void {
  const inside = [...panel.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  const within = panel.contains(document.activeElement) && document.activeElement !== panel;
  if (within && document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
}
