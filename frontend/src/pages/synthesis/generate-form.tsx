import { type FormEvent, useState } from "react";
import { api, need, type Project, type Schemas } from "../../api/client";
import { modelName } from "../../parts/format";
import { ErrorNote } from "../../parts/notes";
import type { Batch, Options } from "./queries";

type Props = {
  project: Project;
  versions: Options["generators"];
  most: number;
  begun: (batch: Batch) => void;
};

/** New pictures of a StyleGAN2: they have no labels, and are labeled in the queue. */
export function GenerateForm({ project, versions, most, begun }: Props) {
  const [version, setVersion] = useState(versions[0]?.id ?? 0);
  const [count, setCount] = useState(20);
  const [seed, setSeed] = useState(() => Math.floor(Math.random() * 1_000_000));
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    const body = {
      project: project.id,
      generator: "stylegan2",
      count,
      seed,
      params: { model_version: version },
    };
    try {
      begun(await need(api.POST("/api/synthesis/batches/", { body: body as Schemas["BatchInputRequest"] })));
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  const number = (
    text: string,
    value: number,
    change: (value: number) => void,
    least: number,
    top?: number,
  ) => (
    <label className="field">
      <span>{text}</span>
      <input
        type="number"
        min={least}
        max={top}
        required
        value={value}
        onChange={(event) => change(Number(event.target.value))}
      />
    </label>
  );
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <p>They come without labels: bring them into the project, and label them with pre-labels.</p>
      <label className="field">
        <span>Version</span>
        <select value={version} onChange={(event) => setVersion(Number(event.target.value))}>
          {versions.map((one) => (
            <option key={one.id} value={one.id}>
              {modelName(one)}, {one.stage}
            </option>
          ))}
        </select>
      </label>
      <div className="two">
        {number("Pictures", count, setCount, 1, most)}
        {number("Seed", seed, setSeed, 0)}
      </div>
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={busy}>
          Make them
        </button>
      </div>
    </form>
  );
}
