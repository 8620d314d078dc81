import { type RefObject, useRef, useState } from "react";
import { segment } from "../../../api/mattes";
import { inWords, matteOf } from "../../../api/results";
import type { MatteControls } from "../../../canvas/matte-canvas";
import type { Box } from "../../../shapes/fit";
import type { Operation } from "../../../shapes/operations";
import { emptyPlane, type Plane } from "../../../shapes/plane";
import type { Point } from "../../../shapes/view";
import type { How } from "../../../store/edit";
import type { Entry } from "../../../store/entry";
import type { Layer } from "../../../store/history";
import { type Label, same } from "../../../store/labels";
import type { MatteDocument } from "../../../store/matte";
import type { MatteDesk } from "../../../store/matte-desk";
import { proposed } from "../../../store/proposed";
import type { Queue } from "../../../store/queue";
import type { MatteFile, Workshop } from "../../../store/workshop";
import { refusalOf } from "../../../tools/matte-tool";
import type { Looks } from "./use-looks";
import type { Told } from "./use-told";

type Props = {
  queue: Queue;
  desk: MatteDesk;
  workshop: Workshop;
  entry: Entry | undefined;
  document: MatteDocument | null;
  view: RefObject<MatteControls | null>;
  looks: Looks;
  told: Told;
  /** The image whose trimap is being solved. */
  solving: number | null;
};

const SAVING = "Saving";

/** What keys and buttons do to the matte of the image on screen, and to the queue. */
export function useMatteDeeds(props: Props) {
  const { queue, desk, workshop, entry, document, view, looks, told, solving } = props;
  const { say, sayOf, fail } = told;
  // Of which matte, as it was then, it was asked whether there is really nothing on it.
  const [asked, setAsked] = useState<{ document: MatteDocument; revision: number } | null>(null);
  const [looking, setLooking] = useState<MatteDocument | null>(null);
  const newest = useRef(new WeakMap<MatteDocument, symbol>());
  const asks =
    asked !== null && asked.document === document && asked.revision === document.snapshot().revision;
  const predicted = matteOf(entry?.item.prediction?.result);

  /** Whether the matte can be worked on now; else it is said why not. */
  const free = (): MatteDocument | null => {
    const refused = document ? refusalOf(document) : "";
    if (refused) say(refused);
    else told.clear();
    return refused ? null : document;
  };
  /** Lets something take its time on a matte that meanwhile stays as it is. Null where it failed, which is said. */
  const work = async <T>(here: MatteDocument, what: string, act: () => Promise<T>): Promise<T | null> => {
    here.setBusy(what);
    try {
      return await act();
    } catch (error) {
      fail(here, error);
      return null;
    } finally {
      here.setBusy(null);
    }
  };
  const put = (here: MatteDocument, layer: Layer, plane: Plane, what: string) => {
    if (told.isHere(here)) looks.reveal(layer);
    sayOf(here, here.become(layer, plane, what) ? `${what}: done.` : `${what} changes nothing here.`);
  };
  /** The matte as it is seen, to be worked on or submitted: levels that are tried out are its own from now on. */
  const settled = async (what = "Levels"): Promise<MatteDocument | null> => {
    const here = free();
    const { levels } = looks;
    if (!here || !levels) return here;
    const operation = { name: "levels", ...levels } as const;
    const plane = await work(here, what, () => workshop.operate(here.planes.alpha, operation));
    if (!plane) return null;
    put(here, "alpha", plane, "Levels");
    looks.setLevels(null);
    return here;
  };
  const send = (label: Label, files: readonly MatteFile[]) => {
    performance.mark("submit");
    queue.submit(label, undefined, files);
    desk.submitted(entry!, label);
    say(`Saved: ${inWords(label)}.`);
  };
  const submit = async (all: boolean) => {
    view.current?.finish();
    const here = entry && (await settled(SAVING));
    if (!here) return;
    const changed = here.snapshot().changed || !entry.result;
    if (changed && here.isBlank("alpha") && (all || !asks)) {
      setAsked({ document: here, revision: here.snapshot().revision });
      return say("Nothing is painted on this image. Control and Enter says that this is so.");
    }
    const made = await work(here, SAVING, () => desk.label(here));
    if (!made) return;
    const { current } = queue;
    if (current?.item.image.id === here.image.id && current.uuid === entry.uuid) send(made.label, made.files);
    else if (!same(entry.result, made.label))
      say("Not submitted: you went on meanwhile. It is kept as you left it.");
  };
  /** The pre-label is what is on screen, as it came. */
  const isPreLabel = () =>
    predicted !== null && document?.base.alpha === predicted.alpha && !document.snapshot().changed;
  const preLabel = () => {
    if (!predicted) return say("There is no pre-label to accept.");
    if (!free()) return;
    const { alpha, trimap } = predicted;
    send({ alpha, ...(trimap ? { trimap } : {}) }, []);
  };
  /** By a key: what is proposed, else the pre-label, but never in the place of what was made of it. Whether there was a proposal. */
  const accept = (how?: How): boolean => {
    const proposal = document?.snapshot().proposal;
    if (document && proposal) {
      const { what } = proposal;
      say(document.accept(how) ? `${what} accepted.` : `${what} changes nothing.`);
      return true;
    }
    const comes = document !== null && (looking === document || solving === document.image.id);
    if (how) say("Nothing is proposed.");
    else if (comes) say("What is looked for comes as a proposal: wait for it.");
    else if (predicted && document?.isReady && (!isPreLabel() || looks.levels))
      say("This is not the pre-label any more: Enter submits what you see.");
    else preLabel();
    return false;
  };
  /** What is proposed goes, else a pre-label as it came: an empty matte takes its place. */
  const reject = () => {
    if (document?.reject()) return say("Rejected.");
    if (!isPreLabel()) return say("Nothing is proposed.");
    const here = free();
    if (!here) return;
    looks.reveal("alpha");
    const gone = here.become("alpha", emptyPlane(here.image), "Pre-label rejected");
    say(gone ? "Pre-label rejected: paint it anew, or undo." : "The pre-label is empty already.");
  };
  const operate = async (what: string, operation: Operation, from: Layer = "alpha", to: Layer = from) => {
    const here = await settled();
    const plane = here && (await work(here, what, () => workshop.operate(here.planes[from], operation)));
    if (plane) put(here, to, plane, what);
  };
  const copy = async (layer: Layer) => {
    const here = await settled();
    if (!here) return;
    const found = await work(here, "Copy", async () => {
      const name = (queue.before() ?? (await queue.lastLabel()))?.[layer];
      return { plane: name ? await desk.plane(name) : null };
    });
    if (!found) return;
    const { plane } = found;
    const { width, height } = here.image;
    if (!plane)
      return sayOf(here, `The image before has no ${layer === "alpha" ? "matte" : "trimap"} to copy.`);
    if (plane.width !== width || plane.height !== height)
      return sayOf(here, "The image before is of another size: its matte does not fit here.");
    if (told.isHere(here)) looks.reveal(layer);
    const changes = here.become(layer, plane, "Copy");
    sayOf(here, changes ? "Copied from the image before." : "It is the same already.");
  };
  const find = async (about: { point: Point } | { box: Box }) => {
    if (!document) return;
    const here = document;
    const mine = Symbol();
    newest.current.set(here, mine);
    // Of several clicks the last one counts, whichever is answered first.
    const isNewest = () => newest.current.get(here) === mine;
    told.clear();
    setLooking(here);
    try {
      const { id } = here.image;
      const found = await segment(id, "point" in about ? { point: [about.point.x, about.point.y] } : about);
      const part = await workshop.decode(found.file);
      const proposal = { what: "Segment", window: found.window, part, how: "add", choose: true } as const;
      if ((await proposed(here, proposal, isNewest)) && told.isHere(here)) {
        looks.reveal("alpha");
        say("Found. Add it, subtract it, or reject it.");
      }
    } catch (error) {
      if (isNewest()) fail(here, error);
    }
    if (isNewest()) setLooking((now) => (now === here ? null : now));
  };
  const dropLevels = () => {
    looks.setLevels(null);
    say("Levels are as they were.");
  };
  /** Why nothing is undone just now: something goes on, or asks for an answer. */
  const waits = () => (document?.isReady ? refusalOf(document) : "");
  /** Whether the image has to stay on screen: what is being saved goes with it. */
  const stays = (): boolean => {
    view.current?.finish();
    const saves = document?.snapshot().busy === SAVING;
    if (document && saves) say(refusalOf(document));
    return saves;
  };

  return {
    asks,
    sending: document?.snapshot().busy === SAVING,
    looking: looking !== null && looking === document,
    dismiss: () => setAsked(null),
    stays,
    go: (index: number) => {
      if (stays()) return;
      say(""); // it was of another image
      queue.goTo(index);
    },
    submit: (all: boolean) => void submit(all),
    settled,
    accept,
    preLabel,
    reject,
    operate,
    copy: (layer: Layer) => void copy(layer),
    find: (about: { point: Point } | { box: Box }) => void find(about),
    undo: () => {
      if (view.current?.cancel() || document?.reject()) return say("Taken back.");
      if (waits()) return say(waits());
      if (looks.levels) return dropLevels();
      const what = document?.undo();
      if (what) return say(`Undone: ${what}.`);
      const undone = queue.undo();
      if (undone) desk.unsettle(undone);
      say(undone ? "Undone." : "There is nothing to undo.");
    },
    redo: () => {
      if (waits()) return say(waits());
      const what = document?.redo();
      if (what) return say(`Done again: ${what}.`);
      const image = queue.redo();
      if (image !== null) desk.settle(image);
      say(image !== null ? "Done again." : "There is nothing to redo.");
    },
    leave: () => {
      setAsked(null);
      if (!view.current?.cancel() && !document?.reject() && looks.levels) dropLevels();
    },
  };
}

export type MatteDeeds = ReturnType<typeof useMatteDeeds>;
