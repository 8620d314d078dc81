import { type FormEvent, useState } from "react";
import type { Project, Schemas } from "../api/client";
import { Problem } from "../api/client";
import { ErrorNote } from "../parts/ui";
import { isTaken } from "../tools/keys";

export type ProjectInput = Schemas["ProjectRowRequest"];
type Category = ProjectInput["categories"][number] & { key: number };
const COLORS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"];
const ENTITIES = ["cell phone", "dog", "cat", "laptop", "tv", "book", "remote", "cup", "bottle", "person"];
let keys = 0;
const category = (name: string, position: number): Category => ({ name, color: COLORS[position % COLORS.length], hotkey: position < 9 ? String(position + 1) : "", key: ++keys });

export function ProjectForm({ project, save, text }: { project?: Project; save: (input: ProjectInput) => Promise<unknown>; text: string }) {
  const [name, setName] = useState(project?.name ?? "");
  const [categories, setCategories] = useState<Category[]>(
    () => project?.categories.map((one) => ({ ...one, key: ++keys })) ?? ["engaged", "non-engaged", "animated"].map(category),
  );
  const [instructions, setInstructions] = useState(project?.instructions ?? "");
  const [options, setOptions] = useState({ overlap: project?.overlap ?? 1, review: project?.review ?? false, sampling: project?.sampling ?? ("sequential" as const), train_after: project?.train_after ?? 0 });
  const [rules, setRules] = useState({ entities: project?.settings?.entities ?? ["cell phone", "dog", "cat"], entity_score: project?.settings?.entity_score ?? 0.4, non_engaged: project?.settings?.non_engaged ?? "non-engaged" });
  const [error, setError] = useState<unknown>(null);
  const [state, setState] = useState<"idle" | "busy" | "saved">("idle");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setState("busy");
    try {
      await save({ name, kind: "classification", instructions, ...options, settings: rules, categories: categories.map(({ id, name, color, hotkey }) => ({ id, name, color, hotkey })) });
      setState("saved");
    } catch (problem) {
      setError(problem);
      setState("idle");
      if (!(problem instanceof Problem)) throw problem;
    }
  };
  const change = (key: number, part: Partial<Category>) => setCategories((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const move = (index: number, by: number) => setCategories((all) => {
    const next = [...all];
    const [one] = next.splice(index, 1);
    next.splice(index + by, 0, one!);
    return next;
  });
  return (
    <form className="stack wide" onSubmit={submit} onChange={() => setState("idle")}>
      <section className="panel stack">
        <label className="field"><span>Name</span><input value={name} onChange={(e) => setName(e.target.value)} required maxLength={200} /></label>
        <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
          <legend style={{ fontWeight: 500, padding: 0, marginBottom: 6 }}>Categories</legend>
          {categories.map((one, index) => (
            <div key={one.key} className="row tight" style={{ flexWrap: "nowrap" }}>
              <input type="color" value={one.color} onChange={(e) => change(one.key, { color: e.target.value })} aria-label={`Colour of ${one.name}`} />
              <input value={one.name} onChange={(e) => change(one.key, { name: e.target.value })} aria-label={`Category ${index + 1}`} required maxLength={100} />
              <input value={one.hotkey} onChange={(e) => change(one.key, { hotkey: e.target.value.slice(-1).toLowerCase() })} aria-label={`Key of ${one.name}`} style={{ width: 52, textAlign: "center" }} title={isTaken(one.hotkey ?? "") ? "A tool has this key already" : "Its key"} />
              <button type="button" className="button small wide-only" onClick={() => move(index, -1)} disabled={!index} aria-label={`Move ${one.name} up`}>↑</button>
              <button type="button" className="button small wide-only" onClick={() => move(index, 1)} disabled={index === categories.length - 1} aria-label={`Move ${one.name} down`}>↓</button>
              <button type="button" className="button small" onClick={() => setCategories((all) => all.filter((other) => other.key !== one.key))} aria-label={`Remove ${one.name}`}>✕</button>
            </div>
          ))}
          {categories.some((one) => isTaken(one.hotkey ?? "")) && <p className="note warn small">A key that a tool has already (S, F, D, O, I) will not label: choose another.</p>}
          <div><button type="button" className="button small" onClick={() => setCategories((all) => [...all, category("", all.length)])}>Add a category</button></div>
        </fieldset>
        <label className="field"><span>Instructions <span className="hint">in Markdown; labelers see them beside the image</span></span><textarea value={instructions} onChange={(e) => setInstructions(e.target.value)} rows={7} /></label>
      </section>
      <section className="panel stack"><h2>Labeling</h2>
        <div className="two">
          <label className="field"><span>Order of the queue</span>
            <select value={options.sampling} onChange={(e) => setOptions({ ...options, sampling: e.target.value as typeof options.sampling })}>
              <option value="sequential">As imported</option><option value="random">Random</option><option value="uncertainty">What the model is least sure of first</option>
            </select></label>
          <label className="field"><span>People per image</span><input type="number" min={1} max={20} value={options.overlap} onChange={(e) => setOptions({ ...options, overlap: Number(e.target.value) })} /></label>
        </div>
        <label className="check"><input type="checkbox" checked={options.review} onChange={(e) => setOptions({ ...options, review: e.target.checked })} /><span>A reviewer has to accept every label</span></label>
      </section>
      <section className="panel stack"><h2>Models</h2>
        <div className="two">
          <label className="field"><span>Category that means non-engaged <span className="hint">with one of the objects below it is “distracted”</span></span>
            <select value={rules.non_engaged} onChange={(e) => setRules({ ...rules, non_engaged: e.target.value })}>
              <option value="">None</option>{categories.map((one) => <option key={one.key}>{one.name}</option>)}
            </select></label>
          <label className="field"><span>Train by itself after this many new labels <span className="hint">0 is never</span></span><input type="number" min={0} max={1000000} value={options.train_after} onChange={(e) => setOptions({ ...options, train_after: Number(e.target.value) })} /></label>
        </div>
        <fieldset className="row" style={{ border: 0, padding: 0, margin: 0 }}><legend style={{ fontWeight: 500, padding: 0, marginBottom: 6 }}>Objects that count as external entities</legend>
          {[...new Set([...ENTITIES, ...rules.entities])].map((entity) => <label key={entity} className="check"><input type="checkbox" checked={rules.entities.includes(entity)} onChange={(e) => setRules({ ...rules, entities: e.target.checked ? [...rules.entities, entity] : rules.entities.filter((one) => one !== entity) })} /><span>{entity}</span></label>)}
        </fieldset>
        <label className="field" style={{ maxWidth: 260 }}><span>Least score of such an object</span><input type="number" min={0} max={1} step={0.05} value={rules.entity_score} onChange={(e) => setRules({ ...rules, entity_score: Number(e.target.value) })} /></label>
      </section>
      <ErrorNote error={error} />
      <div className="row"><button className="button primary" disabled={state === "busy"}>{text}</button>{state === "saved" && <span className="muted" role="status">Saved</span>}</div>
    </form>
  );
}
