import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import { api, need, type Project } from "../api/client";
import { Picture } from "../canvas/picture";
import { useSession } from "../parts/session";
import { ThemeButton } from "../parts/shell";
import { ErrorNote } from "../parts/ui";
import { type Action, actionOf } from "../tools/keys";
import { Choices, EmptyQueue, Film, Help, Palette, SavedMark, SkipSheet } from "./label-parts";
import { useLabeling } from "./label-state";

type Open = "help" | "skip" | "palette" | null;

export default function Label() {
  const id = Number(useParams().project);
  const { data: project, error } = useQuery({ queryKey: ["project", id], queryFn: () => need(api.GET("/api/projects/{id}/", { params: { path: { id } } })) });
  if (error) return <main className="page"><ErrorNote error={error} /><p><Link to="/">All projects</Link></p></main>;
  return project ? <Screen key={project.id} project={project} /> : <main className="label" aria-busy="true" />;
}

function Screen({ project }: { project: Project }) {
  const { user } = useSession();
  const { queue, state, saving } = useLabeling(project.id, user.id);
  const [open, setOpen] = useState<Open>(null);
  const [evidence, setEvidence] = useState(true);
  const [instructions, setInstructions] = useState(true);
  const [said, setSaid] = useState("");
  const entry = state.entries[state.index];
  const predicted = entry?.item.prediction?.result ?? null;
  const done = state.entries.filter((one) => one.label !== null || one.skipped).length;

  const submit = useCallback((category: string) => {
    performance.mark("submit");
    queue.submit(category);
    setSaid(`Saved: ${category}.`);
  }, [queue]);
  const act = useCallback((action: Action) => {
    const deeds: Record<Action, () => void> = {
      accept: () => predicted?.category && submit(predicted.category),
      palette: () => setOpen("palette"),
      skip: () => setOpen("skip"),
      undo: () => { queue.undo(); setSaid("Undone."); },
      redo: () => queue.redo(),
      next: () => queue.goTo(queue.snapshot().index + 1),
      previous: () => queue.goTo(queue.snapshot().index - 1),
      help: () => setOpen("help"),
      evidence: () => setEvidence((shown) => !shown),
      instructions: () => setInstructions((shown) => !shown),
    };
    deeds[action]();
  }, [predicted, queue, submit]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (open || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.matches("a, button, summary") && !event.ctrlKey) return;
      const action = actionOf(event);
      if (!action) return;
      const category = typeof action === "object" ? project.categories.find((one) => one.hotkey === action.hotkey) : null;
      if (typeof action === "object" && !category) return;
      event.preventDefault();
      if (category) submit(category.name);
      else act(action as Action);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [act, open, project.categories, submit]);

  const shown = useCallback(() => performance.mark("next-visible"), []);
  const total = project.counts.unlabeled;
  return (
    <main className="label">
      <h1 className="visually-hidden">Labeling {project.name}</h1>
      <header className="label-top">
        <Link className="button quiet small" to={`/projects/${project.id}`} aria-label="Back to the project">←</Link>
        <b className="place">{done + 1 > total ? total : done + 1} of {total}</b>
        <span className="name" title={entry?.item.image.name}>{entry?.item.image.name}</span>
        {entry?.item.prediction && <span className="badge wide-only">{entry.item.prediction.model} {entry.item.prediction.number}</span>}
        <SavedMark saving={saving} any={done > 0} />
        <button className="button small" onClick={() => act("undo")} disabled={!state.canUndo} title="Ctrl+Z">Undo</button>
        <button className="button small wide-only" onClick={() => act("redo")} disabled={!state.canRedo} title="Ctrl+Shift+Z">Redo</button>
        <button className="button small" onClick={() => act("skip")} disabled={!entry} title="S">Skip</button>
        <ThemeButton />
        <button className="button quiet small wide-only" onClick={() => act("help")} aria-label="Keys" title="?">?</button>
      </header>
      {entry ? (
        <Picture id={entry.item.image.id} width={entry.item.image.width} height={entry.item.image.height} alt={entry.item.image.name} evidence={evidence ? predicted : null} shown={shown} />
      ) : (
        <div className="stage">
          {state.phase === "failed" ? <div className="center"><ErrorNote error={`No images could be fetched: ${state.problem}`} retry={() => void queue.fill()} /></div> : null}
          {state.phase === "empty" ? <EmptyQueue project={project} again={() => void queue.fill()} /> : null}
        </div>
      )}
      <aside className="side" aria-label="Categories">
        <Choices categories={project.categories} entry={entry} predicted={predicted} choose={submit} />
        {instructions && project.instructions && (
          <details open className="wide-only"><summary className="muted small">Instructions</summary>
            {/* Rendered from Markdown by the server, with raw HTML refused. */}
            <div className="markdown small" dangerouslySetInnerHTML={{ __html: project.instructions_html }} />
          </details>
        )}
        <p className="muted small wide-only">Press <kbd>?</kbd> for all keys.</p>
      </aside>
      <Film entries={state.entries} index={state.index} categories={project.categories} go={(index) => queue.goTo(index)} />
      <p className="visually-hidden" aria-live="polite">{said} {entry ? `Image ${done + 1} of ${total}: ${entry.item.image.name}.` : "No image is left."}</p>
      {open === "help" && <Help close={() => setOpen(null)} categories={project.categories} />}
      {open === "skip" && <SkipSheet close={() => setOpen(null)} skip={(reason) => { setOpen(null); queue.skip(reason); setSaid("Skipped."); }} />}
      {open === "palette" && <Palette close={() => setOpen(null)} categories={project.categories} choose={(name) => { setOpen(null); submit(name); }} />}
    </main>
  );
}
