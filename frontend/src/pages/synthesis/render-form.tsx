import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Project, type Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { FieldInput, type Value } from "../models/field-input";
import { KindsField } from "./kinds-field";
import { type Batch, type Options, sceneModelsQuery } from "./queries";

type Props = { project: Project; options: Options; begun: (batch: Batch) => void };

function mapped(now: Record<string, string>, kind: string, category: string): Record<string, string> {
  const rest = Object.entries(now).filter(([name]) => name !== kind);
  return Object.fromEntries(category ? [...rest, [kind, category]] : rest);
}

const SIZES = ["width", "height", "samples"];

/** What a batch of scenes is drawn from: how many, from which seed on, within which ranges, and what is labeled as what. */
export function RenderForm({ project, options, begun }: Props) {
  const [count, setCount] = useState(20);
  const [seed, setSeed] = useState(() => Math.floor(Math.random() * 1_000_000));
  const [scene, setScene] = useState<Record<string, Value>>({});
  const [mapping, setMapping] = useState<Record<string, string>>(options.mapping);
  const [left, setLeft] = useState<readonly string[]>([]);
  const [models, setModels] = useState<readonly number[]>([]);
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const own = useQuery(sceneModelsQuery(project.id));
  const ready = own.data?.results.filter(({ state }) => state === "ready") ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    const kept = Object.fromEntries(Object.entries(mapping).filter(([kind]) => !left.includes(kind)));
    const params = {
      scene,
      mapping: kept,
      weights: Object.fromEntries(left.map((kind) => [kind, 0])),
      models,
    };
    const body = {
      project: project.id,
      generator: "blender",
      count,
      seed,
      params,
    } as Schemas["BatchInputRequest"];
    try {
      begun(await need(api.POST("/api/synthesis/batches/", { body })));
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  const draw = (field: Schemas["FieldRow"]) => (
    <FieldInput
      key={field.name}
      field={field}
      value={scene[field.name] ?? (field.default as Value)}
      change={(value) => setScene({ ...scene, [field.name]: value })}
    />
  );
  return (
    <form className="stack train" onSubmit={(event) => void submit(event)}>
      <div className="two">
        <label className="field">
          <span>Pictures</span>
          <input
            type="number"
            min={1}
            max={options.most}
            required
            value={count}
            onChange={(event) => setCount(Number(event.target.value))}
          />
          <span className="hint">Each takes some seconds; begin with a few, and look at them.</span>
        </label>
        <label className="field">
          <span>Seed</span>
          <input
            type="number"
            min={0}
            required
            value={seed}
            onChange={(event) => setSeed(Number(event.target.value))}
          />
          <span className="hint">The same one gives the same pictures.</span>
        </label>
        {options.fields.filter(({ name }) => SIZES.includes(name)).map(draw)}
      </div>
      <KindsField
        project={project}
        kinds={options.kinds}
        mapping={mapping}
        left={left}
        map={(kind, category) => setMapping((now) => mapped(now, kind, category))}
        leave={(kind, out) => setLeft((now) => (out ? [...now, kind] : now.filter((one) => one !== kind)))}
      />
      {ready.length > 0 && (
        <fieldset className="stack close">
          <legend>Own models</legend>
          {ready.map((model) => (
            <label key={model.id} className="check">
              <input
                type="checkbox"
                checked={models.includes(model.id)}
                onChange={(event) =>
                  setModels((now) =>
                    event.target.checked ? [...now, model.id] : now.filter((one) => one !== model.id),
                  )
                }
              />
              <span>
                {model.name} <span className="muted">{model.category ?? "not labeled"}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <details>
        <summary>Fridge, light and camera</summary>
        <div className="two more">{options.fields.filter(({ name }) => !SIZES.includes(name)).map(draw)}</div>
      </details>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={busy}>
          Render
        </button>
      </div>
    </form>
  );
}
