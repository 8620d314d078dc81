import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Project, type Schemas } from "../api/client";
import { Dot, ErrorNote, Skeleton } from "../parts/ui";

type Field = Schemas["FieldRow"];
type Value = string | number | boolean;

export function TrainForm({ project, started }: { project: Project; started: (run: number) => void }) {
  const path = { id: project.id };
  const { data, error } = useQuery({ queryKey: ["training-options", project.id], queryFn: () => need(api.GET("/api/projects/{id}/training-options/", { params: { path } })), staleTime: 0 });
  const [model, setModel] = useState("two_stage");
  const [params, setParams] = useState<Record<string, Value>>({});
  const [refused, setRefused] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Skeleton lines={6} />;
  const fields = data.models.find((one) => one.model === model)?.fields ?? [];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    await need(api.POST("/api/projects/{id}/training-runs/", { params: { path }, body: { model, params } })).then((run) => started(run.id), setRefused);
    setBusy(false);
  };
  const draw = (field: Field) => <FieldInput key={field.name} field={field} value={params[field.name] ?? (field.default as Value)} change={(value) => setParams({ ...params, [field.name]: value })} />;
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row small" style={{ gap: 16 }}>{Object.entries(data.labeled).map(([name, count]) => <span key={name} className="row tight"><Dot color={project.categories.find((one) => one.name === name)?.color} />{name} <b className="number">{count}</b></span>)}</div>
      {!data.ready && <p className="note warn">{data.reason}</p>}
      <label className="field"><span>Model</span><select value={model} onChange={(e) => { setModel(e.target.value); setParams({}); }}>{data.models.map((one) => <option key={one.model} value={one.model}>{one.title}</option>)}</select></label>
      <div className="two" style={{ gap: 12 }}>{fields.filter((field) => !field.advanced).map(draw)}</div>
      {fields.some((field) => field.advanced) && <details><summary>More</summary><div className="two" style={{ gap: 12, marginTop: 10 }}>{fields.filter((field) => field.advanced).map(draw)}</div></details>}
      <ErrorNote error={refused} />
      <div className="row end"><button className="button primary" disabled={!data.ready || busy}>Train on {Object.values(data.labeled).reduce((sum, count) => sum + count, 0)} labels</button></div>
    </form>
  );
}

function FieldInput({ field, value, change }: { field: Field; value: Value; change: (value: Value) => void }) {
  const title = field.name.replaceAll("_", " ");
  if (field.type === "boolean") {
    return <label className="check" style={{ alignSelf: "end", minHeight: 36 }}><input type="checkbox" checked={Boolean(value)} onChange={(e) => change(e.target.checked)} /><span>{title}<br /><span className="muted small">{field.help}</span></span></label>;
  }
  return (
    <label className="field"><span>{title} <span className="hint">{field.help}</span></span>
      {field.type === "string" ? <select value={String(value)} onChange={(e) => change(e.target.value)}>{field.choices?.map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>)}</select>
        : <input type="number" step={field.type === "integer" ? 1 : "any"} min={field.min ?? undefined} max={field.max ?? undefined} value={Number(value)} onChange={(e) => change(Number(e.target.value))} />}
    </label>
  );
}
