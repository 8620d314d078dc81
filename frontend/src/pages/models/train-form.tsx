import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Project, type Schemas } from "../../api/client";
import { grouped, plural } from "../../parts/format";
import { Dot, ErrorNote, Skeleton } from "../../parts/notes";
import { inOrderOf } from "../project";
import { isGenerator } from "./generators";
import { FieldInput, type Value } from "./field-input";

type Field = Schemas["FieldRow"];

type Props = {
  project: Project;
  started: (run: number) => void;
  /** A frozen set to train on, instead of the labels of this moment. */
  dataset?: Schemas["SnapshotRow"];
};

/** Drawn from what the registry says of each model's settings. */
export function TrainForm({ project, started, dataset }: Props) {
  const path = { id: project.id };
  const { data, error } = useQuery({
    queryKey: ["training-options", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/training-options/", { params: { path } })),
    staleTime: 0,
  });
  const [chosen, setModel] = useState("");
  const [params, setParams] = useState<Record<string, Value>>({});
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (error && !data) return <ErrorNote error={error} />;
  if (!data) return <Skeleton lines={8} />;
  const models = dataset ? data.models : [...data.models, ...data.generators];
  const model = chosen || models[0]?.model || "";
  const fields = models.find((one) => one.model === model)?.fields ?? [];
  const generates = isGenerator({ model });
  const ready = Boolean(dataset) || data.ready || generates;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      const body = { model, params, ...(dataset ? { snapshot: dataset.id } : {}) };
      const run = await need(api.POST("/api/projects/{id}/training-runs/", { params: { path }, body }));
      started(run.id);
    } catch (problem) {
      setRefused(problem);
    }
    setBusy(false);
  };
  const draw = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={params[field.name] ?? (field.default as Value)}
      change={(value) => setParams({ ...params, [field.name]: value })}
    />
  );
  const advanced = fields.filter((field) => field.advanced);
  return (
    <form className="stack train" onSubmit={submit}>
      {!dataset && !generates && <Labels labeled={data.labeled} project={project} />}
      {generates && <p className="note">{LEARNS[model]}</p>}
      {!ready && <p className="note warn">{data.reason}</p>}
      <label className="field">
        <span>Model</span>
        <select
          value={model}
          onChange={(event) => {
            setModel(event.target.value);
            setParams({});
          }}
        >
          {models.map((one) => (
            <option key={one.model} value={one.model}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      <div className="two">{fields.filter((field) => !field.advanced).map(draw)}</div>
      {advanced.length > 0 && (
        <details>
          <summary>More</summary>
          <div className="two more">{advanced.map(draw)}</div>
        </details>
      )}
      <ErrorNote error={refused} />
      <div className="row end">
        <button className="button primary" disabled={!ready || busy}>
          {generates ? "Train" : `Train on ${plural(dataset?.count ?? sum(data.splits), "image")}`}
        </button>
      </div>
    </form>
  );
}

const LEARNS: Record<string, string> = {
  pix2pix:
    "Learns to make photographs of renders, from pairs of both. Nothing that is held out is among them.",
  cyclegan:
    "Learns to make photographs of renders and renders of photographs, without pairs. Nothing that is held out is among them.",
  stylegan2: "Learns to make new pictures like the photographs. Nothing that is held out is among them.",
};

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function Labels({ labeled, project }: { labeled: Record<string, number>; project: Project }) {
  return (
    <div className="row label-counts">
      {inOrderOf(project, Object.keys(labeled)).map((name) => (
        <span key={name} className="row tight still fits">
          <Dot color={project.categories.find((one) => one.name === name)?.color} />
          <span className="clip">{name}</span> <b className="number">{grouped(labeled[name] ?? 0)}</b>
        </span>
      ))}
    </div>
  );
}
