import { useCallback, useLayoutEffect, useRef, useState } from "react";
import type { Project } from "../../api/client";
import { SMALL } from "../../canvas/first";
import { PLAIN, Picture } from "../../canvas/picture";
import type { ViewControls } from "../../canvas/use-view";
import { useSession } from "../../parts/session";
import { classesOf } from "../../api/results";
import { isOpen } from "../../store/entry";
import type { ActionOf } from "../../tools/keys";
import { useKeymap } from "../keys/use-keymap";
import { deedOf, useKeys } from "../keys/use-keys";
import { Choices } from "./choices";
import { Extra } from "./extra";
import { Film } from "./film";
import { InstructionsPanel } from "./instructions";
import { leaveFocus } from "./leave-focus";
import { Live, preLabel } from "./live";
import { Overlays, type Open } from "./overlays";
import { SentBack } from "./sent-back";
import { ToolStrip } from "./strip";
import { NO_SKIP } from "./skip";
import { TopBar } from "./top";
import { useHeldKey } from "./use-held-key";
import { useLabeling } from "./use-labeling";
import { WithoutImage } from "./without-image";

/** The labeling screen: tools, image, categories; the queue above, its neighbours below. */
export function Screen({ project }: { project: Project }) {
  const { user } = useSession();
  const { queue, state, outbox, saving, held } = useLabeling(project.id, user.id);
  const [open, setOpen] = useState<Open>(null);
  const [evidence, setEvidence] = useState(true);
  const [look, setLook] = useState(PLAIN);
  const [instructions, setInstructions] = useState(true);
  const [said, setSaid] = useState("");
  const { keymap, setKeymap, timer, setTimer } = useKeymap();
  // What was to do when the page was opened: the number on screen goes up by what is done here alone.
  const [total] = useState(project.counts.unlabeled);
  const view = useRef<ViewControls>(null);
  const entry = state.entries[state.index];
  const predicted = classesOf(entry?.item.prediction?.result);

  const submit = useCallback(
    (category: string) => {
      if (!queue.current) return;
      performance.mark("submit");
      queue.submit({ category });
      setSaid(`Saved: ${category}.`);
    },
    [queue],
  );
  const repeat = () =>
    queue
      .repeat()
      .then((label) =>
        setSaid(label?.category ? `Saved: ${label.category}.` : "Nothing has been labeled yet."),
      );
  const toggleInstructions = () =>
    matchMedia(SMALL).matches ? setOpen("instructions") : setInstructions((shown) => !shown);
  const deeds: Record<ActionOf<"label">, () => void> = {
    accept: () => predicted?.category && submit(predicted.category),
    repeat: () => void repeat(),
    palette: () => setOpen("palette"),
    skip: () => (queue.canSkip ? setOpen("skip") : setSaid(NO_SKIP)),
    comment: () => entry && setOpen("comments"),
    undo: () => setSaid(queue.undo() ? "Undone." : "There is nothing to undo."),
    redo: () => void queue.redo(),
    next: () => queue.goTo(queue.snapshot().index + 1),
    previous: () => (state.index > 0 ? queue.goTo(queue.snapshot().index - 1) : setOpen("mine")),
    mine: () => setOpen("mine"),
    evidence: () => setEvidence((shown) => !shown),
    adjust: () => setOpen((now) => (now === "adjust" ? null : "adjust")),
    larger: () => view.current?.zoomBy(1.4),
    smaller: () => view.current?.zoomBy(1 / 1.4),
    fit: () => view.current?.fit(),
    timer: () => setTimer(!timer),
    instructions: toggleInstructions,
    help: () => setOpen("help"),
  };
  const latest = useRef(deeds);
  useLayoutEffect(() => {
    latest.current = deeds;
  });
  // The same function for the life of the page: what depends on it alone is not drawn anew for each image.
  const act = useCallback((action: ActionOf<"label">) => latest.current[action](), []);
  const go = useCallback((index: number) => queue.goTo(index), [queue]);
  const keys = useKeys({
    screen: "label",
    keymap,
    categories: project.categories,
    paused: open !== null && open !== "adjust",
    act,
    submit,
  });
  useHeldKey(entry?.item.image.id, keymap, "label", (press) => deedOf(press, keys.current)?.());
  const shown = useCallback(() => performance.mark("next-visible"), []);
  const skip = (reason: string) => {
    setSaid(queue.skip(reason) ? "Skipped." : NO_SKIP);
  };
  const close = useCallback(() => setOpen(null), []);
  const openConflicts = useCallback(() => setOpen("conflicts"), []);
  const openMore = useCallback(() => setOpen("more"), []);
  const place = Math.min(state.settled + 1, Math.max(total, state.entries.length));

  return (
    <main className="lab" onMouseDown={leaveFocus}>
      <h1 className="visually-hidden">Labeling {project.name}</h1>
      <TopBar
        project={project}
        state={state}
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
      <ToolStrip
        keymap={keymap}
        act={act}
        more={openMore}
        evidence={evidence}
        adjust={open === "adjust"}
        instructions={instructions}
        adjusted={look !== PLAIN}
        commented={entry?.item.commented ? entry.item.image.id : null}
      />
      {entry ? (
        <Picture
          image={entry.item.image}
          evidence={evidence ? predicted : null}
          look={look}
          shown={shown}
          controls={view}
        />
      ) : (
        <WithoutImage project={project} state={state} again={() => void queue.fill()} />
      )}
      <aside className="side" aria-label="Categories">
        <Choices
          categories={project.categories}
          entry={entry}
          predicted={predicted}
          keymap={keymap}
          choose={submit}
        />
        <SentBack entry={entry} />
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
        preLabel={entry && isOpen(entry) ? preLabel(predicted, keymap) : ""}
      />
      <Overlays
        screen="label"
        open={open}
        close={close}
        project={project}
        keymap={keymap}
        setKeymap={setKeymap}
        timer={timer}
        setTimer={setTimer}
        act={act}
        name={act}
        canRedo={state.canRedo}
        look={look}
        setLook={setLook}
        skip={skip}
        submit={submit}
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
