import { type RefObject, useState } from "react";
import { inWords } from "../../../api/results";
import type { BoxControls } from "../../../canvas/box-canvas";
import { plural } from "../../../parts/format";
import { clipped, grown, isLargeEnough, moved, sameBox } from "../../../shapes/box";
import type { Box } from "../../../shapes/fit";
import type { BoxDocument, BoxesState } from "../../../store/boxes";
import type { Desk } from "../../../store/desk";
import type { Entry } from "../../../store/entry";
import { boxOf, same } from "../../../store/labels";
import type { Queue } from "../../../store/queue";
import { labelFrom, type Region, waiting } from "../../../store/regions";
import { newUuid } from "../../../store/uuid";

type Props = {
  queue: Queue;
  desk: Desk;
  entry: Entry | undefined;
  document: BoxDocument | null;
  boxes: BoxesState;
  view: RefObject<BoxControls | null>;
  category: string;
  setCategory: (name: string) => void;
  say: (text: string) => void;
};

/** What keys and buttons do to the boxes of the image on screen, and to the queue. */
export function useDeeds({ queue, desk, entry, document, boxes, view, category, setCategory, say }: Props) {
  // Of which boxes it was asked whether there is really none.
  const [asked, setAsked] = useState<readonly Region[] | null>(null);
  const left = waiting(boxes.regions, boxes.confidence).filter(({ id }) => !boxes.hidden.has(id));

  const focus = (region: Region | undefined) => {
    if (!document || !region) return;
    document.select(region.id);
    view.current?.reveal(region.bbox);
  };
  const step = (by: 1 | -1) => {
    const at = left.findIndex(({ id }) => id === boxes.selected);
    const next = at < 0 ? left.at(by > 0 ? 0 : -1) : left[(at + by + left.length) % left.length];
    focus(next);
    say(next ? `Pre-label ${next.category}, ${score(next)}.` : "No pre-label waits.");
  };
  const decide = (decision: "kept" | "rejected") => {
    const at = left.findIndex(({ id }) => id === boxes.selected);
    const region = left[at];
    if (!document || !region) return step(1);
    if (!document.decide([region.id], decision)) return say("This box is locked.");
    focus(left[at + 1] ?? left.find((one) => one !== region));
    const done = decision === "kept" ? "Accepted" : "Rejected";
    say(`${done}: ${region.category}. ${plural(left.length - 1, "pre-label")} left.`);
  };
  const submit = (all: boolean) => {
    if (!entry || !document) return;
    // What is half drawn would be lost with the image.
    view.current?.cancel();
    if (all) document.decide(left.map(({ id }) => id), "kept"); // prettier-ignore
    const { regions, confidence } = document.snapshot();
    const label = labelFrom(regions, document.image);
    if (!label.boxes!.length && !same(label, entry.result) && (all || asked !== regions)) {
      setAsked(regions);
      return say("There is no box on this image. Control and Enter says that this is so.");
    }
    performance.mark("submit");
    queue.submit(label, confidence);
    desk.settle(entry.item.image.id);
    say(`Saved: ${inWords(label)}.`);
  };
  const change = (part: (region: Region) => { bbox: Box }, merge: string) => {
    const { selected } = document ?? {};
    if (!document || !selected) return;
    if (!document.change(selected.id, part(selected), merge)) say("This box is locked.");
  };
  const toggle = (which: "hidden" | "locked", id: string | null, on: string, off: string) => {
    const region = document?.region(id);
    if (!document || !region) return say("No box is chosen.");
    say(`${document.toggle(which, region.id) ? on : off}: ${region.category}.`);
  };
  const add = (found: readonly { category: string; bbox: Box }[]) =>
    document?.add(found.map((box) => ({ ...box, id: newUuid() }))) ?? false;

  return {
    left,
    asks: asked !== null && asked === boxes.regions,
    dismiss: () => setAsked(null),
    submit,
    accept: () => decide("kept"),
    reject: () => decide("rejected"),
    next: () => step(1),
    previous: () => step(-1),
    nudge: (dx: number, dy: number) =>
      change(({ bbox }) => ({ bbox: moved(bbox, dx, dy, document!.image) }), "nudge"),
    grow: (dx: number, dy: number) =>
      change(({ bbox }) => ({ bbox: grown(bbox, dx, dy, document!.image) }), "grow"),
    remove: () => {
      const { selected } = document ?? {};
      if (!document || !selected) return say("No box is chosen.");
      say(document.remove(selected.id) ? `Deleted: ${selected.category}.` : "This box is locked.");
    },
    duplicate: () => {
      const { selected } = document ?? {};
      if (!document || !selected) return say("No box is chosen.");
      const apart = Math.max(4, (selected.bbox[2] - selected.bbox[0]) / 8);
      const beside = moved(selected.bbox, apart, apart, document.image);
      // In the last corner there is room on the other side alone.
      const bbox = sameBox(beside, selected.bbox, 0) ? moved(selected.bbox, -apart, -apart, document.image) : beside; // prettier-ignore
      if (add([{ category: selected.category, bbox }])) say(`Duplicated: ${selected.category}.`);
    },
    /** A quarter as large as what is in sight, in its middle: for whoever draws with the keyboard alone. */
    middle: () => {
      if (!document) return;
      const [x1, y1, x2, y2] = clipped(view.current?.seen() ?? [0, 0, 0, 0], document.image);
      const [width, height] = [(x2 - x1) / 4, (y2 - y1) / 4];
      const bbox: Box = [x1 + 1.5 * width, y1 + 1.5 * height, x2 - 1.5 * width, y2 - 1.5 * height];
      if (isLargeEnough(bbox) && add([{ category, bbox }])) say(`Box ${category} drawn. Arrow keys move it.`);
    },
    repeat: async () => {
      const before = queue.before() ?? (await queue.lastLabel());
      if (!document || queue.current?.item.image.id !== document.image.id) return;
      if (!before) return say("You have labeled no image before this one.");
      const here = document.snapshot().regions.filter(({ decision }) => decision === "kept");
      const fresh = (before.boxes ?? [])
        .map(({ category, bbox }) => ({ category, bbox: clipped(boxOf({ bbox }), document.image) }))
        .filter(({ bbox }) => isLargeEnough(bbox))
        .filter((box) => !here.some((one) => one.category === box.category && sameBox(one.bbox, box.bbox)));
      if (add(fresh)) say(`Copied ${plural(fresh.length, "box", "boxes")} from the image before.`);
      else say("The image before has no box that is not here already.");
    },
    hide: (id = boxes.selected) => toggle("hidden", id, "Hidden", "Shown"),
    lock: (id = boxes.selected) => toggle("locked", id, "Locked", "Unlocked"),
    choose: (name: string) => {
      setCategory(name);
      const { selected } = document ?? {};
      if (!document || !selected) return say(`Drawing ${name}.`);
      if (selected.category === name && selected.decision === "kept") return;
      say(
        document.change(selected.id, { category: name }) ? `The box is ${name} now.` : "This box is locked.",
      );
    },
    undo: () => {
      if (view.current?.back()) return;
      const changes = document?.undo();
      if (changes) {
        const back = changes.length === 1 ? changes[0]!.before : null;
        if (back && back.decision !== "rejected") focus(back);
        return say("Undone.");
      }
      const undone = queue.undo();
      if (undone) desk.unsettle(undone);
      say(undone ? "Undone." : "There is nothing to undo.");
    },
    redo: () => {
      if (document?.redo()) return say("Done again.");
      const image = queue.redo();
      if (image !== null) desk.settle(image);
      say(image !== null ? "Done again." : "There is nothing to redo.");
    },
    leave: () => {
      setAsked(null);
      if (!view.current?.cancel()) document?.select(null);
    },
  };
}

export type Deeds = ReturnType<typeof useDeeds>;

export function score({ said }: Region): string {
  return said ? `${Math.round(said.score * 100)} %` : "";
}
