import { useCallback, useLayoutEffect, useRef, useState } from "react";
import type { Project } from "../../../api/client";
import { SMALL } from "../../../canvas/first";
import { MatteCanvas, type MatteControls } from "../../../canvas/matte-canvas";
import { PLAIN } from "../../../canvas/picture";
import { useSession } from "../../../parts/session";
import { isOpen } from "../../../store/entry";
import { MATTE_TOOLS, type MatteToolName } from "../../../tools/matte-tool";
import "../../../styles/mattes.css";
import { useKeymap } from "../../keys/use-keymap";
import { deedOf, useKeys } from "../../keys/use-keys";
import { useHandKeys } from "../boxes/use-hand-keys";
import { useKept } from "../boxes/use-kept";
import { Extra } from "../extra";
import { Film } from "../film";
import { InstructionsPanel } from "../instructions";
import { leaveFocus, leaveSlider } from "../leave-focus";
import { Live } from "../live";
import { type Open, Overlays } from "../overlays";
import { SentBack } from "../sent-back";
import { NO_SKIP } from "../skip";
import { TopBar } from "../top";
import { useHeldKey } from "../use-held-key";
import { useLabeling } from "../use-labeling";
import { WithoutImage } from "../without-image";
import { MatteBar } from "./matte-bar";
import { Operations } from "./operations";
import { Options } from "./options";
import { Origin, Submit } from "./panel";
import { ALSO, type MatteAction, MatteStrip } from "./strip";
import { TrimapPart } from "./trimap";
import { useBrush } from "./use-brush";
import { useLooks } from "./use-looks";
import { useMatteActs } from "./use-matte-acts";
import { useMatteDeeds } from "./use-matte-deeds";
import { useMatteDesk } from "./use-matte-desk";
import { useSolve } from "./use-solve";
import { useTold } from "./use-told";
import { Views } from "./views";

const HINTS: Record<MatteToolName, string> = {
  brush: "Paint the foreground. Control erases.",
  erase: "Erase. Control paints.",
  lasso: "Draw around what is foreground. Control erases.",
  segment: "Click on a thing, or drag around it.",
  foreground: "Paint what is surely foreground.",
  unknown: "Paint over what is neither surely foreground nor background.",
  background: "Paint what is surely background.",
  pan: "Drag to move the image; the wheel enlarges it.",
};

/** The labeling screen for mattes: tools, canvas, and how the matte is painted, seen and worked on. */
export default function MatteScreen({ project }: { project: Project }) {
  const { user } = useSession();
  const { queue, state, outbox, saving, held } = useLabeling(project.id, user.id);
  const entry = state.entries[state.index];
  const { desk, workshop, document, matte, lost } = useMatteDesk(project, user.id, queue, state, entry);
  const [open, setOpen] = useState<Open>(null);
  const [look, setLook] = useState(PLAIN);
  const [instructions, setInstructions] = useState(true);
  const told = useTold(document);
  const { say } = told;
  const [tool, setTool] = useKept<MatteToolName>("frameloop-matte-tool", MATTE_TOOLS, "brush");
  const [brush, setBrush] = useBrush();
  const looks = useLooks(document);
  const [width, setWidth] = useState(10);
  const [band, setBand] = useState(15);
  const { keymap, setKeymap, timer, setTimer } = useKeymap();
  // What was to do when the page was opened: the number on screen goes up by what is done here alone.
  const [total] = useState(project.counts.unlabeled);
  const view = useRef<MatteControls>(null);
  const levelsPart = useRef<HTMLDivElement>(null);
  const solve = useSolve(desk, told);
  const solving = solve.solving?.image ?? null;
  const deeds = useMatteDeeds({ queue, desk, workshop, entry, document, view, looks, told, solving });
  const { go } = deeds;
  const paused = open !== null && open !== "adjust";
  const painting = useMatteActs({ deeds, solve, view, looks, brush, setBrush, tool, setTool, width, band, levelsPart, say }); // prettier-ignore
  const acts: Record<MatteAction, () => unknown> = {
    ...painting,
    skip: () => deeds.stays() || (queue.canSkip ? setOpen("skip") : say(NO_SKIP)),
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
  const latest = useRef({ acts, go });
  useLayoutEffect(() => {
    latest.current = { acts, go };
  });
  // The same functions for the life of the page: what depends on them alone is not drawn anew for each change.
  const act = useCallback((action: MatteAction) => void latest.current.acts[action](), []);
  const goTo = useCallback((index: number) => latest.current.go(index), []);
  // A key that is held down would go on to the next images, and answer what it is asked.
  const keys = useKeys({ screen: "mattes", keymap, paused, once: true, act });
  useHeldKey(entry?.item.image.id, keymap, "mattes", (press) => deedOf(press, keys.current)?.());
  useHandKeys(deeds, view, false, paused);
  const shown = useCallback(() => performance.mark("next-visible"), []);
  const close = useCallback(() => setOpen(null), []);
  const openConflicts = useCallback(() => setOpen("conflicts"), []);
  const openMore = useCallback(() => setOpen("more"), []);
  const skip = (reason: string) => {
    if (!entry || !queue.skip(reason)) return say(NO_SKIP);
    desk.settle(entry.item.image.id);
    say("Skipped.");
  };
  const place = Math.min(state.settled + 1, Math.max(total, state.entries.length));
  const waits = entry && isOpen(entry) && document?.base.alpha;
  const busy = matte.phase !== "ready" || matte.busy !== null || matte.proposal !== null;
  const canUndo = matte.canUndo || matte.proposal !== null || looks.levels !== null || state.canUndo;

  return (
    <main className="lab boxing matting" onMouseDown={leaveFocus} onPointerUp={leaveSlider}>
      <h1 className="visually-hidden">Labeling {project.name}</h1>
      <TopBar
        project={project}
        state={state}
        canUndo={canUndo}
        canRedo={matte.canRedo || state.canRedo}
        total={total}
        saving={saving}
        held={held}
        decide={openConflicts}
        queue={queue}
        timer={timer}
        keymap={keymap}
        act={act}
        go={goTo}
      />
      <MatteStrip
        tool={tool}
        keymap={keymap}
        act={act}
        more={openMore}
        adjust={open === "adjust"}
        adjusted={look !== PLAIN}
        instructions={instructions}
        commented={entry?.item.commented ? entry.item.image.id : null}
      />
      {entry ? (
        <MatteCanvas
          image={entry.item.image}
          document={document}
          tool={tool}
          brush={brush}
          look={look}
          view={looks.view}
          levels={looks.table}
          backdrop={looks.picture}
          split={looks.split}
          setSplit={looks.setSplit}
          say={say}
          reveal={looks.reveal}
          segment={deeds.find}
          shown={shown}
          controls={view}
        />
      ) : (
        <WithoutImage project={project} state={state} again={() => void queue.fill()} />
      )}
      <MatteBar
        document={document}
        matte={matte}
        deeds={deeds}
        solve={solve}
        told={told}
        again={() => document && void desk.fill(document)}
        hint={entry ? HINTS[tool] : ""}
        keymap={keymap}
        act={act}
      />
      <aside className="side" aria-label="The matte">
        <div className="matte-parts">
          <SentBack entry={entry} />
          {lost.length > 0 && (
            <p className="note warn small">
              What you began on {lost.join(", ")} is gone: it was labeled or skipped meanwhile.
            </p>
          )}
          <Origin entry={entry} document={document} matte={matte} busy={busy} keymap={keymap} act={act} />
          <Options tool={tool} brush={brush} change={setBrush} />
          <Views looks={looks} keymap={keymap} act={act} />
          <TrimapPart width={band} setWidth={setBand} busy={busy} keymap={keymap} act={act} />
          <Operations
            width={width}
            setWidth={setWidth}
            levels={looks.levels}
            setLevels={looks.setLevels}
            applyLevels={() => void deeds.settled()}
            first={levelsPart}
            busy={busy}
            keymap={keymap}
            act={act}
          />
          {instructions && <InstructionsPanel html={project.instructions_html} />}
        </div>
        <Submit entry={entry} document={document} matte={matte} deeds={deeds} keymap={keymap} />
      </aside>
      <Film
        entries={state.entries}
        index={state.index}
        categories={project.categories}
        go={goTo}
        comments={project.overlap === 1 || project.role !== "labeler"}
      />
      <Live
        said={told.said}
        entry={entry}
        place={place}
        total={total}
        preLabel={waits ? " It has a matte to go on from." : ""}
      />
      <Overlays
        screen="mattes"
        also={ALSO}
        open={open}
        close={close}
        project={project}
        keymap={keymap}
        setKeymap={setKeymap}
        timer={timer}
        setTimer={setTimer}
        act={act}
        canRedo={matte.canRedo || state.canRedo}
        look={look}
        setLook={setLook}
        skip={skip}
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
