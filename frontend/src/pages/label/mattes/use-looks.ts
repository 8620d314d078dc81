import { useMemo, useState } from "react";
import { BACKDROPS, type MatteView, type ViewName } from "../../../canvas/matte-views";
import { type Levels, levelTable } from "../../../shapes/operations";
import type { Layer } from "../../../store/history";
import type { MatteDocument } from "../../../store/matte";
import { useView } from "./use-brush";

/** How the matte is looked at: its view, the levels that are tried out on this image, before beside after. */
export function useLooks(document: MatteDocument | null) {
  const [view, setView] = useView();
  const [tried, setTried] = useState<{ of: MatteDocument | null; levels: Levels } | null>(null);
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [split, setSplit] = useState<number | null>(null);
  // Of another image nothing is tried out.
  const levels = tried?.of === document ? (tried?.levels ?? null) : null;
  const table = useMemo(() => (levels ? levelTable(levels) : undefined), [levels]);
  const shown: MatteView = view.backdrop === "picture" && !picture ? { ...view, backdrop: "checker" } : view;
  const seen = useMemo(() => shown, [view, picture]); // eslint-disable-line react-hooks/exhaustive-deps
  return {
    view: seen,
    setView,
    picture,
    setPicture,
    levels,
    setLevels: (next: Levels | null) => setTried(next && { of: document, levels: next }),
    table,
    split,
    setSplit,
    toggleSplit: () => setSplit((now) => (now === null ? 0.5 : null)),
    look: (name: ViewName) => setView({ name }),
    /** Looks at the layer that something is done to, in the view that is chosen where it is in there. */
    reveal: (layer: Layer) => {
      if (layer === "trimap") setView({ name: "trimap" });
      else setView((now) => (now.name === "trimap" ? { name: "overlay" } : {}));
    },
    /** The cut-out, and where it is looked at already, on the next background. */
    cutOut: () => {
      const all = BACKDROPS.filter((one) => one !== "picture" || picture);
      const next = all[(all.indexOf(seen.backdrop) + 1) % all.length]!;
      setView(view.name === "cutout" ? { backdrop: next } : { name: "cutout" });
    },
  };
}

export type Looks = ReturnType<typeof useLooks>;
