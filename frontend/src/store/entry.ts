import type { NextItem } from "../api/client";
import { type Label, labelOf } from "./labels";

/** One image of this session: labeled, skipped, or still to come. */
export type Entry = {
  item: NextItem;
  result: Label | null;
  uuid: string | null;
  /** What pre-labels had to score to be in sight when it was labeled here; of boxes alone. */
  shownFrom?: number;
  skipped: boolean;
  error: string | null;
  /** What was sent contradicts what the server has: the person has yet to choose. */
  conflict: boolean;
  /** Labeled before this page was opened, and brought back to be looked at. */
  earlier: boolean;
};

/** Whether it waits for the person; what the server refused is not brought up by itself again. */
export function isOpen(entry: Entry | undefined): boolean {
  return (
    entry !== undefined && entry.result === null && !entry.skipped && entry.error === null && !entry.conflict
  );
}

export function entryOf(item: NextItem): Entry {
  return {
    item,
    result: labelOf(item.annotation?.result),
    uuid: item.annotation?.uuid ?? null,
    skipped: false,
    error: null,
    conflict: false,
    earlier: false,
  };
}

/** A reviewer has sent the label back since: another lease, by its end, of an image that was labeled here. */
export function cameBack(item: NextItem, entry: Entry): boolean {
  if (!item.sent_back || entry.result === null) return false;
  return item.assignment?.expires !== entry.item.assignment?.expires;
}

/** The first open entry after `from`, else the first one before it, else past the end: nothing is left. */
export function nextOpen(entries: readonly Entry[], from: number): number {
  for (let index = from + 1; index < entries.length; index++) if (isOpen(entries[index])) return index;
  const before = entries.findIndex(isOpen);
  return before >= 0 ? before : entries.length;
}
