import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Classes, Project } from "../api/client";
import { Dot, percent, Sheet } from "../parts/ui";
import type { Entry } from "../store/queue";
import { KEYS } from "../tools/keys";
import type { Saving } from "./label-state";

type Categories = Project["categories"];
const colored = (color: string | undefined) => ({ "--c": color }) as React.CSSProperties;

export function Choices({ categories, entry, predicted, choose }: { categories: Categories; entry: Entry | undefined; predicted: Classes | null; choose: (name: string) => void }) {
  return (
    <>
      {entry?.error && <p className="note bad small" role="alert">{entry.error}</p>}
      <div className="choices" role="group" aria-label="Label as">
        {categories.map((category) => {
          const score = predicted?.scores[category.name];
          return (
            <button key={category.id} className={`choice${entry?.label === category.name ? " chosen" : ""}`} style={colored(category.color)} disabled={!entry}
              aria-pressed={entry?.label === category.name} onClick={() => choose(category.name)}>
              <Dot />
              <span>{category.name}{predicted?.category === category.name && <span className="muted small"> · model</span>}</span>
              <span className="share">{score === undefined ? "" : percent(score)}</span>
              {category.hotkey ? <kbd>{category.hotkey.toUpperCase()}</kbd> : <span />}
              {score !== undefined && <i className="fill" style={{ width: `${score * 100}%` }} />}
            </button>
          );
        })}
      </div>
      {predicted && <Verdict predicted={predicted} />}
      {entry?.skipped && <p className="note small">Skipped. Undo brings it back.</p>}
    </>
  );
}

function Verdict({ predicted }: { predicted: Classes }) {
  if (predicted.distracted) return <p className="note warn small"><b>Distracted</b>: {predicted.reason}.</p>;
  if (!predicted.category) return <p className="note small">The model gives no category: {predicted.reason || "nothing to go by"}.</p>;
  return <p className="muted small"><kbd>Enter</kbd> accepts {predicted.category}.</p>;
}

export function SavedMark({ saving, any }: { saving: Saving; any: boolean }) {
  const [text, color] = !saving.reachable
    ? [`Offline · ${saving.waiting} kept`, "var(--warn)"]
    : saving.waiting ? ["Saving", "var(--muted)"] : any ? ["Saved", "var(--good)"] : ["", ""];
  return <span className="saved" role="status">{text && <><Dot color={color} />{text}</>}</span>;
}

export function Film({ entries, index, categories, go }: { entries: readonly Entry[]; index: number; categories: Categories; go: (index: number) => void }) {
  const from = Math.max(0, Math.min(index - 5, entries.length - 10));
  return (
    <nav className="film" aria-label="Neighbouring images">
      {entries.slice(from, from + 10).map((entry, n) => {
        const color = categories.find((category) => category.name === entry.label)?.color;
        const mark = entry.error ? "not saved" : (entry.label ?? (entry.skipped ? "skipped" : ""));
        return (
          <button key={entry.item.image.id} className={`frame${from + n === index ? " here" : ""}`} style={colored(color)} onClick={() => go(from + n)}
            aria-current={from + n === index} aria-label={`${entry.item.image.name}${mark ? `, ${mark}` : ""}`}>
            <img src={`/api/images/${entry.item.image.id}/thumbnail/`} alt="" />
            {mark && <span className="mark">{mark}</span>}
          </button>
        );
      })}
    </nav>
  );
}

export function EmptyQueue({ project, again }: { project: Project; again: () => void }) {
  return (
    <div className="center"><div className="stack" style={{ justifyItems: "center" }}>
      <h2>{project.counts.total ? "Nothing is left to label" : "There are no images yet"}</h2>
      <p className="muted">{project.counts.total ? "Every image has its label, or somebody else holds it just now." : "Import some, and they appear here."}</p>
      <div className="row">
        <button className="button" onClick={again}>Look again</button>
        {project.role === "manager" && <Link className="button primary" to={`/projects/${project.id}/${project.counts.total ? "models" : "import"}`}>{project.counts.total ? "Train a model" : "Import images"}</Link>}
        <Link className="button quiet" to={`/projects/${project.id}`}>Back to the project</Link>
      </div>
    </div></div>
  );
}

export function Help({ close, categories }: { close: () => void; categories: Categories }) {
  return (
    <Sheet title="Keys" close={close}>
      <div className="keys">
        {categories.filter((category) => category.hotkey).map((category) => <Row key={category.id} keys={category.hotkey!.toUpperCase()} text={`Label as ${category.name}`} />)}
        {KEYS.map((key) => <Row key={key.action} keys={key.keys} text={key.text} />)}
      </div>
    </Sheet>
  );
}

function Row({ keys, text }: { keys: string; text: string }) {
  return <><span className="row tight">{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</span><span>{text}</span></>;
}

const REASONS = ["Nobody in the frame", "Too blurred or dark", "Several people, unclear who", "None of the categories fits", "A duplicate"];

export function SkipSheet({ close, skip }: { close: () => void; skip: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) skip(reason.trim());
  };
  const press = (event: React.KeyboardEvent) => {
    const chosen = event.target instanceof HTMLInputElement && reason ? undefined : REASONS[Number(event.key) - 1];
    if (!chosen) return;
    event.preventDefault();
    skip(chosen);
  };
  return (
    <Sheet title="Why skip it?" close={close}>
      <form className="stack" onSubmit={submit} onKeyDown={press}>
        {REASONS.map((text, n) => <button type="button" key={text} className="choice" onClick={() => skip(text)}><kbd>{n + 1}</kbd><span>{text}</span></button>)}
        <label className="field"><span>Another reason</span><input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={500} autoFocus /></label>
        <button className="button primary" disabled={!reason.trim()}>Skip</button>
      </form>
    </Sheet>
  );
}

export function Palette({ close, categories, choose }: { close: () => void; categories: Categories; choose: (name: string) => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = categories.filter((category) => category.name.toLowerCase().includes(typed.toLowerCase()));
  useEffect(() => { list.current?.children[at]?.scrollIntoView({ block: "nearest" }); }, [at]);
  const press = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((now) => Math.max(0, Math.min(found.length - 1, now + step)));
    }
    const chosen = found[at];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      choose(chosen.name);
    }
  };
  return (
    <Sheet title="Label as" close={close}>
      <input aria-label="Type to find a category" role="combobox" aria-expanded aria-controls="palette" value={typed} autoFocus onKeyDown={press}
        onChange={(event) => { setTyped(event.target.value); setAt(0); }} />
      <div className="choices" id="palette" role="listbox" ref={list} style={{ maxHeight: 320, overflow: "auto" }}>
        {found.map((category, n) => (
          <button key={category.id} role="option" aria-selected={n === at} className={`choice${n === at ? " chosen" : ""}`} style={colored(category.color)} onClick={() => choose(category.name)}>
            <Dot /><span>{category.name}</span><span /><span>{category.hotkey && <kbd>{category.hotkey.toUpperCase()}</kbd>}</span>
          </button>
        ))}
        {!found.length && <p className="muted">No category is called that.</p>}
      </div>
    </Sheet>
  );
}
