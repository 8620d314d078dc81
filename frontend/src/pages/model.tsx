import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, need, Problem, type Schemas } from "../api/client";
import { ErrorNote, percent, Sheet, Skeleton, when } from "../parts/ui";
import { Calibration, Confusion, Figures, type Metrics, PerClass } from "./metrics";
import { useProject } from "./project";

type Gate = Schemas["GateRow"];

export default function Model() {
  const project = useProject();
  const id = Number(useParams().model);
  const path = { id };
  const client = useQueryClient();
  const [gate, setGate] = useState<Gate | null>(null);
  const [state, setState] = useState<"idle" | "scoring">("idle");
  const [refused, setRefused] = useState<unknown>(null);
  const [said, setSaid] = useState("");
  const { data, error, refetch } = useQuery({ queryKey: ["model", id], queryFn: () => need(api.GET("/api/models/{id}/", { params: { path } })) });
  const worst = useQuery({ queryKey: ["evaluation", id], queryFn: () => need(api.GET("/api/models/{id}/evaluation/", { params: { path } })) });
  if (error) return <main className="page"><ErrorNote error={error} retry={() => void refetch()} /></main>;
  if (!data) return <main className="page"><Skeleton lines={5} /></main>;
  const metrics = data.metrics as unknown as Partial<Metrics>;
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["model"] });
    void client.invalidateQueries({ queryKey: ["models", project.id] });
  };
  const promote = async (body: { force?: boolean; reason?: string }) => {
    setState("scoring");
    setRefused(null);
    setGate(null);
    try {
      const answer = await need(api.POST("/api/models/{id}/promote/", { params: { path }, body }));
      setSaid("gate" in answer ? `In production. ${answer.gate.reason}` : "Scoring takes longer: follow it among the jobs.");
    } catch (problem) {
      if (problem instanceof Problem && problem.body.gate) setGate(problem.body.gate as Gate);
      else setRefused(problem);
    }
    setState("idle");
    refresh();
  };
  const archive = async () => {
    setRefused(null);
    await need(api.POST("/api/models/{id}/archive/", { params: { path } })).catch(setRefused);
    refresh();
  };
  return (
    <main className="page">
      <div className="row between">
        <div><h1 className="row tight">{data.model} {data.number} <span className={`badge ${data.stage === "production" ? "good" : data.stage === "candidate" ? "accent" : ""}`}>{data.stage}</span></h1>
          <p className="muted">trained {when(data.created)}{data.run ? <>, <Link to={`/projects/${project.id}/runs/${data.run}`}>run {data.run}</Link></> : null}, data <code title={data.snapshot}>{data.snapshot?.slice(0, 12)}</code></p></div>
        {project.role === "manager" && <div className="row tight">
          {data.stage === "candidate" && <button className="button" onClick={() => void archive()}>Archive</button>}
          {data.stage !== "production" && <button className="button primary" onClick={() => void promote({})} disabled={state === "scoring"}>{state === "scoring" ? "Scoring on held-out images" : "Promote"}</button>}
        </div>}
      </div>
      <ErrorNote error={refused} />
      {said && <p className="note" role="status">{said}</p>}
      {metrics.confusion ? (
        <>
          <section className="panel"><Figures metrics={metrics as Metrics} /></section>
          <div className="two">
            <section className="panel stack"><h2>By category</h2><PerClass metrics={metrics as Metrics} /></section>
            <section className="panel stack"><h2>Confusion</h2><Confusion metrics={metrics as Metrics} /></section>
          </div>
          <section className="panel stack"><h2>Calibration</h2><Calibration metrics={metrics as Metrics} /></section>
        </>
      ) : <p className="note warn">This version was not measured.</p>}
      <section className="panel stack"><h2>What it gets most wrong</h2>
        <ErrorNote error={worst.error} retry={() => void worst.refetch()} />
        {worst.data && !worst.data.images.some((row) => !row.correct) && <p className="muted">Nothing among the held-out images.</p>}
        <div className="grid">{worst.data?.images.filter((row) => !row.correct).slice(0, 24).map((row) => (
          <Link key={row.image} className="tile" to={`/projects/${project.id}/images/${row.image}`}><img src={`/api/images/${row.image}/thumbnail/`} alt="" loading="lazy" />
            <span className="label" style={{ display: "grid", gap: 0 }}><span>is {row.truth}</span><span className="muted">said {row.category ?? "nothing"} {percent(row.score)}</span></span></Link>
        ))}</div>
      </section>
      <details className="panel"><summary>Parameters and weights</summary><pre style={{ marginTop: 10 }}>{JSON.stringify({ ...data.config, weights_sha256: data.weights_sha256 }, null, 2)}</pre></details>
      {gate && <Refused gate={gate} close={() => setGate(null)} force={(reason) => void promote({ force: true, reason })} />}
    </main>
  );
}

function Refused({ gate, close, force }: { gate: Gate; close: () => void; force: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  return (
    <Sheet title="The gate refuses this version" close={close}>
      <p>{gate.reason}</p>
      <label className="field"><span>Promote it anyway, because</span><input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} /></label>
      <p className="muted small">The reason is kept with the promotion.</p>
      <div className="row end"><button className="button" onClick={close}>Leave it</button><button className="button danger" disabled={!reason.trim()} onClick={() => force(reason.trim())}>Promote anyway</button></div>
    </Sheet>
  );
}
