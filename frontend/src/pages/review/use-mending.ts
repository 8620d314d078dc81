import { type RefObject, useMemo, useSyncExternalStore } from "react";
import { boxesOf, type Label } from "../../api/results";
import type { BoxControls } from "../../canvas/box-canvas";
import { grown, moved } from "../../shapes/box";
import type { Box } from "../../shapes/fit";
import { BoxDocument } from "../../store/boxes";
import { labelFrom, type Region, regionsOf } from "../../store/regions";
import type { Item } from "./use-review";

type Said = Item["annotations"][number];
const NOTHING: readonly Region[] = [];
const never = () => () => {};

/** The boxes of the label in focus, on which a reviewer may mend what is wrong before it is accepted. */
export function useMending(
  item: Item | undefined,
  label: Said | undefined,
  view: RefObject<BoxControls | null>,
) {
  const document = useMemo(() => {
    if (!item || !label?.result.boxes) return null;
    return new BoxDocument(item.image, regionsOf(label.result, boxesOf(item.prediction?.result)));
  }, [item, label]);
  const subscribe = document?.subscribe ?? never;
  const regions = useSyncExternalStore(subscribe, () => document?.snapshot().regions ?? NOTHING);
  const chosen = useSyncExternalStore(subscribe, () => Boolean(document?.selected));
  const change = (part: (region: Region) => { bbox: Box } | { category: string }, merge = "") => {
    const { selected } = document ?? {};
    return Boolean(document && selected && document.change(selected.id, part(selected), merge));
  };
  return {
    document,
    regions,
    chosen,
    /** What would be accepted, where it is not what was said. */
    mended: (): Label | null =>
      document?.changed ? labelFrom(document.snapshot().regions, document.image) : null,
    recategorise: (category: string) => change(() => ({ category })),
    remove: () => Boolean(document?.selected && document.remove(document.selected.id)),
    undo: () => Boolean(view.current?.back() || document?.undo()),
    nudge: (dx: number, dy: number) =>
      void change(({ bbox }) => ({ bbox: moved(bbox, dx, dy, document!.image) }), "nudge"),
    grow: (dx: number, dy: number) =>
      void change(({ bbox }) => ({ bbox: grown(bbox, dx, dy, document!.image) }), "grow"),
    leave: () => {
      if (!view.current?.cancel()) document?.select(null);
    },
  };
}
