import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { api, need, type Project, type Schemas } from "../../api/client";
import { sendModel } from "../../api/files";
import { grouped } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { ErrorNote, Skeleton, State } from "../../parts/notes";
import { sceneModelsQuery } from "./queries";

type Model = Schemas["SceneModelRow"];

/** Things of one's own for the scenes: brought as files, read by Blender, and deleted. */
export function SceneModels({ project }: { project: Project }) {
  const client = useQueryClient();
  const { data, error } = useQuery(sceneModelsQuery(project.id));
  const [refused, setRefused] = useState<unknown>(null);
  const changed = () => client.invalidateQueries({ queryKey: ["scene-models", project.id] });
  const remove = async (model: Model) => {
    setRefused(null);
    const params = { path: { id: model.id } };
    await need(api.DELETE("/api/scene-models/{id}/", { params })).catch(setRefused);
    await changed();
  };
  return (
    <div className="stack">
      <p>
        A .glb with everything inside, or an .obj, whose materials are left out. Standing upright, as it would
        on a shelf.
      </p>
      <AddForm project={project} added={() => void changed()} />
      <ErrorNote error={refused ?? error} />
      {!data && !error && <Skeleton lines={2} />}
      {data?.results.length === 0 && <p className="muted">None yet.</p>}
      <ul className="list">
        {data?.results.map((model) => (
          <li key={model.id} className="row between">
            <span className="fits">
              <b>{model.name}</b> <State state={model.state} />{" "}
              <span className="muted small number">{facts(model)}</span>
              {model.error && <span className="break small bad-text"> {model.error}</span>}
            </span>
            <button
              className="button quiet icon small"
              aria-label={`Delete ${model.name}`}
              onClick={() => void remove(model)}
            >
              <Icon name="bin" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function facts(model: Model): string {
  const said = [model.category ?? "not labeled", `${centimetres(model.height)} cm high`];
  if (model.triangles) said.push(`${grouped(model.triangles)} triangles`);
  return said.join(", ");
}

const centimetres = (metres: number) => Math.round(metres * 1000) / 10;

function AddForm({ project, added }: { project: Project; added: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [category, setCategory] = useState("");
  const [height, setHeight] = useState(12);
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!file) return;
    setBusy(true);
    setRefused(null);
    try {
      await sendModel(project.id, file, { name, category, height: height / 100 });
      setFile(null);
      setName("");
      if (input.current) input.current.value = "";
      added();
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  return (
    <form className="stack sunken" onSubmit={(event) => void submit(event)}>
      <div className="two">
        <label className="field">
          <span>File</span>
          <input
            ref={input}
            type="file"
            accept=".glb,.obj"
            required
            onChange={(event) => {
              const chosen = event.target.files?.[0] ?? null;
              setFile(chosen);
              if (chosen && !name) setName(chosen.name.replace(/\.\w+$/, "").slice(0, 100));
            }}
          />
        </label>
        <label className="field">
          <span>Name</span>
          <input
            required
            maxLength={100}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Labeled as</span>
          <select value={category} onChange={(event) => setCategory(event.target.value)}>
            <option value="">not labeled</option>
            {project.categories.map((one) => (
              <option key={one.id} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Height in centimetres</span>
          <input
            type="number"
            min={1}
            max={100}
            step="any"
            required
            value={height}
            onChange={(event) => setHeight(Number(event.target.value))}
          />
        </label>
      </div>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={busy || !file}>
          {busy ? "Sending" : "Add it"}
        </button>
      </div>
    </form>
  );
}
