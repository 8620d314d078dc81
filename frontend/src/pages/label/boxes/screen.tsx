import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Project } from "../../../api/client";
import { snap as snapAsked } from "../../../api/snap";
import { BoxCanvas, type BoxControls } from "../../../canvas/box-canvas";
import { SMALL } from "../../../canvas/first";
import { PLAIN } from "../../../canvas/picture";
import { plural } from "../../../parts/format";
import { useSession } from "../../../parts/session";
import { isOpen } from "../../../store/entry";
import type { Region } from "../../../store/regions";
import { newUuid } from "../../../store/uuid";
import { type Bench, type ToolName, TOOLS } from "../../../tools/tool";
import { useKeymap } from "../../keys/use-keymap";
import { deedOf, useKeys } from "../../keys/use-keys";
import { Extra } from "../extra";
import { Film } from "../film";
import { InstructionsPanel } from "../instructions";
import { leaveFocus, leaveSlider } from "../leave-focus";
import { Live } from "../live";
import { Overlays, type Open } from "../overlays";
import { SentBack } from "../sent-back";
import { TopBar } from "../top";
import { useHeldKey } from "../use-held-key";
import { useLabeling } from "../use-labeling";
import { NO_SKIP } from "../skip";
import { WithoutImage } from "../without-image";
import { BoxBar } from "./box-bar";
import { Panel } from "./panel";
import { ALSO, type BoxAction, BoxStrip } from "./strip";
import { useDeeds } from "./use-deeds";
import { useDesk } from "./use-desk";
import { useHandKeys } from "./use-hand-keys";
import { useKept } from "./use-kept";

/** The labeling screen for boxes: tools, canvas, categories and regions; the queue above, its neighbours below. */
export default function BoxScreen({ project }: { project: Project }) {
  const { user } = useSession();
  const { queue, state, outbox, saving, held } = useLabeling(project.id, user.id);
  const entry = state.entries[state.index];
  const { desk, document, boxes, lost } = useDesk(project, user.id, queue, state, entry);
  const [open, setOpen] = useState<Open>(null);
  const [look, setLook] = useState(PLAIN);
  const [instructions, setInstructions] = useState(true);
  const [names, setNames] = useState(true);
  const [said, setSaid] = useState("");
  const [tool, setTool] = useKept<ToolName>("frameloop-tool", TOOLS, "draw");
  const categories = project.categories.map(({ name }) => name);
  const [category, setCategory] = useKept(
    `frameloop-category-${project.id}`,
    categories,
    categories[0] ?? "",
  );
  const { keymap, setKeymap, timer, setTimer } = useKeymap();
  // What was to do when the page was opened: the number on screen goes up by what is done here alone.
  const [total] = useState(project.counts.unlabeled);
  const view = useRef<BoxControls>(null);
  const colors = useMemo(
    () => new Map(project.categories.map(({ name, color = "" }) => [name, color])),
    [project.categories],
  );
  const deeds = useDeeds({ queue, desk, entry, document, boxes, view, category, setCategory, say: setSaid });
  const go = useCallback(
    (index: number) => {
      setSaid(""); // it was of another image
      queue.goTo(index);
    },
    [queue],
  );
  const paused = open !== null && open !== "adjust";

  const take = (next: ToolName) => {
    view.current?.cancel();
    setTool(next);
  };
  const acts: Record<BoxAction, () => unknown> = {
    boxes_accept_all: () => deeds.submit(true),
    boxes_submit: () => deeds.submit(false),
    boxes_accept: deeds.accept,
    boxes_reject: deeds.reject,
    boxes_next: deeds.next,
    boxes_previous: deeds.previous,
    boxes_select: () => take("select"),
    boxes_draw: () => take("draw"),
    boxes_extremes: () => take("extremes"),
    boxes_snap: () => take("snap"),
    boxes_pan: () => take("pan"),
    boxes_new: deeds.middle,
    boxes_duplicate: deeds.duplicate,
    boxes_repeat: deeds.repeat,
    boxes_hide: () => deeds.hide(),
    boxes_lock: () => deeds.lock(),
    boxes_delete: deeds.remove,
    boxes_names: () => setNames((shown) => !shown),
    palette: () => setOpen("palette"),
    skip: () => (queue.canSkip ? setOpen("skip") : setSaid(NO_SKIP)),
    comment: () => entry && setOpen("comments"),
    undo: deeds.undo,
    redo: deeds.redo,
    next: () => go(queue.snapshot().index + 1),
    previous: () => (state.index > 0 ? go(queue.snapshot().index - 1) : setOpen("mine")),
    mine: () => setOpen("mine"),
    adjust: () => setOpen((now) => (now === "adjust" ? null : "adjust")),
    larger: () => view.current?.zoomBy(1.4),
    smaller: () => view.current?.zoomBy(1 / 1.4),
    fit: () => view.current?.fit(),
    timer: () => setTimer(!timer),
    instructions: () =>
      matchMedia(SMALL).matches ? setOpen("instructions") : setInstructions((shown) => !shown),
    help: () => setOpen("help"),
  };
  const latest = useRef(acts);
  useLayoutEffect(() => {
    latest.current = acts;
  });
  // The same function for the life of the page: what depends on it alone is not drawn anew for each change.
  const act = useCallback((action: BoxAction) => void latest.current[action](), []);
  const keys = useKeys({
    screen: "boxes",
    keymap,
    categories: project.categories,
    paused,
    // One that is held down would go on to the next images, and answer what it is asked.
    once: true,
    act,
    submit: deeds.choose,
  });
  useHeldKey(entry?.item.image.id, keymap, "boxes", (press) => deedOf(press, keys.current)?.());
  useHandKeys(deeds, view, boxes.selected !== null, paused);
  const shown = useCallback(() => performance.mark("next-visible"), []);
  const close = useCallback(() => setOpen(null), []);
  const openConflicts = useCallback(() => setOpen("conflicts"), []);
  const openMore = useCallback(() => setOpen("more"), []);
  const openPalette = useCallback(() => setOpen("palette"), []);
  const skip = (reason: string) => {
    if (!entry || !queue.skip(reason)) return setSaid(NO_SKIP);
    desk.settle(entry.item.image.id);
    setSaid("Skipped.");
  };
  const choose = useCallback(
    (region: Region) => {
      document?.select(region.id);
      view.current?.reveal(region.bbox);
    },
    [document],
  );
  const image = entry?.item.image.id;
  const snap = useCallback<Bench["snap"]>(
    async (about) => {
      try {
        return await snapAsked(image!, "point" in about ? { point: [about.point.x, about.point.y] } : about);
      } catch (error) {
        setSaid(`The rough box stays: ${error instanceof Error ? error.message : "nothing was found."}`);
        return null;
      }
    },
    [image],
  );
  const place = Math.min(state.settled + 1, Math.max(total, state.entries.length));
  const waits = entry && isOpen(entry) && deeds.left.length;

  return (
    <main className="lab boxing" onMouseDown={leaveFocus} onPointerUp={leaveSlider}>
      <h1 className="visually-hidden">Labeling {project.name}</h1>
      <TopBar
        project={project}
        state={state}
        canUndo={boxes.canUndo || state.canUndo}
        canRedo={boxes.canRedo || state.canRedo}
        total={total}
        saving={saving}
        held={held}
        decide={openConflicts}
        queue={queue}
        timer={timer}
        keymap={keymap}
        act={act}
        go={go}
      />
      <BoxStrip
        tool={tool}
        keymap={keymap}
        act={act}
        more={openMore}
        names={names}
        adjust={open === "adjust"}
        adjusted={look !== PLAIN}
        instructions={instructions}
        commented={entry?.item.commented ? entry.item.image.id : null}
      />
      {entry ? (
        <BoxCanvas
          image={entry.item.image}
          document={document}
          colors={colors}
          tool={tool}
          category={category}
          look={look}
          names={names}
          newId={newUuid}
          say={setSaid}
          snap={snap}
          shown={shown}
          controls={view}
        />
      ) : (
        <WithoutImage project={project} state={state} again={() => void queue.fill()} />
      )}
      <BoxBar
        region={document?.selected}
        color={colors.get(document?.selected?.category ?? "")}
        deeds={deeds}
        keymap={keymap}
        palette={openPalette}
      />
      <aside className="side" aria-label="Categories and boxes">
        <SentBack entry={entry} />
        {lost.length > 0 && (
          <p className="note warn small">
            What you began on {lost.join(", ")} is gone: it was labeled or skipped meanwhile.
          </p>
        )}
        <Panel
          project={project}
          entry={entry}
          document={document}
          boxes={boxes}
          colors={colors}
          category={category}
          keymap={keymap}
          deeds={deeds}
          setConfidence={(confidence) => desk.setConfidence(confidence)}
          choose={choose}
        />
        {instructions && <InstructionsPanel html={project.instructions_html} />}
      </aside>
      <Film
        entries={state.entries}
        index={state.index}
        categories={project.categories}
        go={go}
        comments={project.overlap === 1 || project.role !== "labeler"}
      />
      <Live
        said={said}
        entry={entry}
        place={place}
        total={total}
        preLabel={waits ? ` ${plural(waits, "pre-label")}.` : ""}
      />
      <Overlays
        screen="boxes"
        also={ALSO}
        open={open}
        close={close}
        project={project}
        keymap={keymap}
        setKeymap={setKeymap}
        timer={timer}
        setTimer={setTimer}
        act={act}
        name={act}
        canRedo={boxes.canRedo || state.canRedo}
        look={look}
        setLook={setLook}
        skip={skip}
        submit={deeds.choose}
      />
      <Extra
        open={open}
        close={close}
        project={project}
        entry={entry}
        queue={queue}
        outbox={outbox}
        saving={saving}
        held={held}
      />
    </main>
  );
}
