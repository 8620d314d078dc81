import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { Link, useParams } from "react-router";
import { api, need, type Run } from "../api/client";
import { Chart, type Line } from "../parts/chart";
import { Bar, ErrorNote, FINISHED, Skeleton, when } from "../parts/ui";
import { useProject } from "./project";

const COLORS: Record<string, string> = { loss: "#e8590c", val_loss: "#f59f00", val_macro_f1: "#1c7ed6", val_accuracy: "#0ca678", largest_share: "#7950f2" };

export default function RunPage() {
  const project = useProject();
  const id = Number(useParams().run);
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["run", id],
    queryFn: () => need(api.GET("/api/training-runs/{id}/", { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data && FINISHED.includes(query.state.data.state) ? false : 1000),
  });
  const over = data ? FINISHED.includes(data.state) : false;
  useEffect(() => {
    if (over) void client.invalidateQueries({ queryKey: ["models", project.id] });
  }, [over, client, project.id]);
  if (error) return <main className="page"><ErrorNote error={error} retry={() => void refetch()} /></main>;
  if (!data) return <main className="page"><Skeleton lines={5} /></main>;
  const cancel = async () => {
    await api.POST("/api/jobs/{id}/cancel/", { params: { path: { id } } });
    void refetch();
  };
  return (
    <main className="page">
      <div className="row between">
        <div><h1>Run {id}: {data.model}</h1><p className="muted">{data.snapshot.count} images, frozen as <code title={data.snapshot.sha256}>{data.snapshot.sha256.slice(0, 12)}</code>, started {when(data.job.created)}</p></div>
        <div className="row tight"><span className={`badge ${data.state === "succeeded" ? "good" : data.state === "failed" ? "bad" : "accent"}`} role="status">{data.state}</span>
          {!over && <button className="button" onClick={() => void cancel()} disabled={data.job.cancel_requested}>{data.job.cancel_requested ? "Cancelling" : "Cancel"}</button>}
          {data.model_version && <Link className="button primary" to={`/projects/${project.id}/models/${data.model_version}`}>Look at the version</Link>}</div>
      </div>
      {data.job.errors.map((row, n) => <p key={n} className="note bad" role="alert">{row.reason}</p>)}
      {data.snapshot.warnings.map((text) => <p key={text} className="note warn">{text}</p>)}
      {!over && <section className="panel stack"><Bar value={data.job.done} total={data.job.total} label="Training" /><span className="muted number">{data.state === "queued" ? "Waiting for the training worker." : `Epoch ${data.job.done} of ${data.job.total || "?"}${data.seconds_left ? `, about ${duration(data.seconds_left)} left` : ""}`}</span></section>}
      <Charts metrics={data.metrics} />
      <div className="two">
        <section className="panel stack"><h2>Data</h2><Splits splits={data.snapshot.splits} /></section>
        <section className="panel stack"><h2>Log</h2><Log text={data.job.log ?? ""} /></section>
      </div>
    </main>
  );
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

function Charts({ metrics }: { metrics: Run["metrics"] }) {
  const { x, losses, scores } = useMemo(() => {
    const names = [...new Set(metrics.flatMap((row) => Object.keys(row)))].filter((name) => name !== "epoch");
    const line = (name: string): Line => ({ name: name.replaceAll("_", " ").replace("val ", "validation "), values: metrics.map((row) => row[name] ?? null), color: COLORS[name] ?? "#868e96" });
    return { x: metrics.map((row) => row.epoch ?? 0), losses: names.filter((name) => name.includes("loss")).map(line), scores: names.filter((name) => !name.includes("loss")).map(line) };
  }, [metrics]);
  if (!metrics.length) return null;
  return (
    <div className="two">
      {losses.length > 0 && <section className="panel"><h2>Loss</h2><Chart x={x} lines={losses} label="Loss by epoch" /></section>}
      {scores.length > 0 && <section className="panel"><h2>Validation</h2><Chart x={x} lines={scores} label="Validation figures by epoch" /></section>}
    </div>
  );
}

function Splits({ splits }: { splits: Run["snapshot"]["splits"] }) {
  const categories = [...new Set(Object.values(splits).flatMap((row) => Object.keys(row)))];
  return (
    <div className="scroll"><table><thead><tr><th />{categories.map((name) => <th key={name} className="number">{name}</th>)}</tr></thead><tbody>
      {["train", "val", "test"].filter((name) => splits[name]).map((name) => <tr key={name}><td>{{ train: "learned from", val: "validated on", test: "held out" }[name]}</td>{categories.map((category) => <td key={category} className="number">{splits[name]?.[category] ?? 0}</td>)}</tr>)}
    </tbody></table></div>
  );
}

function Log({ text }: { text: string }) {
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => { if (end.current) end.current.scrollTop = end.current.scrollHeight; }, [text]);
  return text ? <pre className="log" ref={end} tabIndex={0} aria-label="Log">{text}</pre> : <p className="muted">Nothing yet.</p>;
}

