import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** What may be too wide for its place. Then, and only then, keys reach it, too. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [wide, setWide] = useState(false);
  useLayoutEffect(() => {
    const measure = () => setWide(Boolean(box.current && box.current.scrollWidth > box.current.clientWidth));
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    if (box.current?.firstElementChild) observer.observe(box.current.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={box}
      className="scroll"
      role={wide ? "region" : undefined}
      aria-label={wide ? label : undefined}
      tabIndex={wide ? 0 : undefined}
    >
      {children}
    </div>
  );
}
