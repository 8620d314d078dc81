import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, type Job, need } from "../api/client";
import { ErrorNote, JobLine, percent, Sheet, Skeleton, when } from "../parts/ui";
import { useProject } from "./project";
import { TrainForm } from "./train-form";

type Metrics = { macro_f1?: number; accuracy?: number; count?: number };
const TONE: Record<string, string> = { production: "good", candidate: "accent" };

export default function Models() {
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const manager = project.role === "manager";
  const path = { id: project.id };
  const [training, setTraining] = useState(false);
  const [chosen, setChosen] = useState<number[]>([]);
  const [job, setJob] = useState<Job | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const models = useQuery({ queryKey: ["models", project.id], queryFn: () => need(api.GET("/api/projects/{id}/models/", { params: { path } })) });
  const runs = useQuery({ queryKey: ["runs", project.id], queryFn: () => need(api.GET("/api/projects/{id}/training-runs/", { params: { path } })), refetchInterval: 3000 });
  const production = models.data?.results.find((model) => model.stage === "production");
  const act = async (call: Promise<unknown>) => {
    setRefused(null);
    await call.catch(setRefused);
    void client.invalidateQueries({ queryKey: ["models", project.id] });
  };
  const prelabel = () => act(need(api.POST("/api/projects/{id}/predictions/", { params: { path }, body: { filter: { status: "unlabeled" } } })).then(setJob));
  const choose = (id: number) => setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now.slice(-1), id]));
  return (
    <main className="page">
      <div className="row between"><h1>Models</h1>
        {manager && <div className="row tight">
          {production && <button className="button" onClick={() => void prelabel()}>Pre-label now</button>}
          {production && <button className="button" onClick={() => void act(need(api.POST("/api/projects/{id}/rollback/", { params: { path } })))}>Roll back</button>}
          <button className="button primary" onClick={() => setTraining(true)}>Train</button>
        </div>}
      </div>
      <ErrorNote error={refused} />
      {job && <div className="panel"><JobLine key={job.id} job={job} what="Pre-labeling" /></div>}
      <section className="panel stack"><div className="row between"><h2>Versions</h2>
        <button className="button small" disabled={chosen.length !== 2} onClick={() => void navigate(`/projects/${project.id}/models/compare?a=${chosen[0]}&b=${chosen[1]}`)}>Compare two</button></div>
        <ErrorNote error={models.error} retry={() => void models.refetch()} />
        {!models.data && !models.error && <Skeleton />}
        {models.data?.results.length === 0 && <p className="muted">None yet. Label images of at least two categories, then train.</p>}
        {Boolean(models.data?.results.length) && (
          <div className="scroll"><table><thead><tr><th /><th>Version</th><th>Stage</th><th className="number">Macro-F1</th><th className="number">Accuracy</th><th className="number">Held out</th><th>Data</th><th>Trained</th></tr></thead><tbody>
            {models.data?.results.map((model) => {
              const metrics = model.metrics as Metrics;
              return (
                <tr key={model.id}>
                  <td><input type="checkbox" checked={chosen.includes(model.id)} onChange={() => choose(model.id)} aria-label={`Compare ${model.model} ${model.number}`} /></td>
                  <td><Link to={`/projects/${project.id}/models/${model.id}`}>{model.model} {model.number}</Link></td>
                  <td><span className={`badge ${TONE[model.stage] ?? ""}`}>{model.stage}</span></td>
                  <td className="number">{percent(metrics.macro_f1, 1)}</td><td className="number">{percent(metrics.accuracy, 1)}</td><td className="number">{metrics.count ?? "–"}</td>
                  <td><code title={model.snapshot}>{model.snapshot?.slice(0, 8)}</code></td><td className="muted small">{when(model.created)}</td>
                </tr>
              );
            })}
          </tbody></table></div>
        )}
      </section>
      <section className="panel stack"><h2>Runs</h2>
        <ErrorNote error={runs.error} retry={() => void runs.refetch()} />
        {runs.data?.results.length === 0 && <p className="muted">None yet.</p>}
        {Boolean(runs.data?.results.length) && (
          <div className="scroll"><table><tbody>
            {runs.data?.results.map((run) => (
              <tr key={run.id}><td><Link to={`/projects/${project.id}/runs/${run.id}`}>Run {run.id}, {run.model}</Link></td>
                <td><span className={`badge ${run.state === "succeeded" ? "good" : run.state === "failed" ? "bad" : "accent"}`}>{run.state}</span></td>
                <td className="number muted">{run.job.done} of {run.job.total || "?"} epochs</td><td className="number">{run.snapshot.count} images</td><td className="muted small">{when(run.job.created)}{run.automatic ? ", by itself" : ""}</td></tr>
            ))}
          </tbody></table></div>
        )}
      </section>
      {training && <Sheet title="Train" broad close={() => setTraining(false)}><TrainForm project={project} started={(run) => void navigate(`/projects/${project.id}/runs/${run}`)} /></Sheet>}
    </main>
  );
}
