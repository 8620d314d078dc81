import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, need } from "../api/client";
import { Bar, Dot, ErrorNote, JobLine, percent, when } from "../parts/ui";
import { useProject } from "./project";

const STATES = [["unlabeled", "To label"], ["labeled", "Labeled"], ["in_review", "In review"], ["done", "Accepted"], ["skipped", "Skipped"]] as const;
const JOBS: Record<string, string> = { import: "Import", export: "Export", prelabel: "Pre-labeling", training: "Training", promotion: "Promotion" };

export default function Overview() {
  const project = useProject();
  const path = { id: project.id };
  const jobs = useQuery({ queryKey: ["jobs", project.id], queryFn: () => need(api.GET("/api/projects/{id}/jobs/", { params: { path } })), refetchInterval: 5000 });
  const models = useQuery({ queryKey: ["models", project.id], queryFn: () => need(api.GET("/api/projects/{id}/models/", { params: { path } })) });
  const production = models.data?.results.find((model) => model.stage === "production");
  const { counts } = project;
  const done = counts.total - counts.unlabeled;
  return (
    <main className="page">
      <div className="row between">
        <div><h1>{project.name}</h1><p className="muted row tight">{project.categories.map((category) => <span key={category.id} className="row tight"><Dot color={category.color} />{category.name}</span>)}</p></div>
        <Link className="button primary" to={`/projects/${project.id}/label`}>Label{counts.unlabeled ? ` ${counts.unlabeled.toLocaleString()} images` : ""}</Link>
      </div>
      <section className="panel stack" aria-label="Progress">
        <Bar value={done} total={counts.total} label="Labeled" />
        <div className="row" style={{ gap: 28 }}>
          {STATES.map(([state, text]) => <Link key={state} to={`/projects/${project.id}/images?status=${state}`} style={{ color: "inherit", textDecoration: "none" }}><b className="number" style={{ fontSize: 20 }}>{counts[state].toLocaleString()}</b><div className="muted small">{text}</div></Link>)}
        </div>
      </section>
      <div className="two">
        <section className="panel stack"><h2>What comes next</h2><Advice total={counts.total} done={done} manager={project.role === "manager"} id={project.id} production={Boolean(production)} trained={Boolean(models.data?.results.length)} /></section>
        <section className="panel stack"><h2>Model in production</h2>
          {production ? (
            <div className="stack" style={{ gap: 4 }}>
              <Link to={`/projects/${project.id}/models/${production.id}`}>{production.model} {production.number}</Link>
              <span className="muted small">macro-F1 {percent((production.metrics as { macro_f1?: number }).macro_f1)} on held-out images, promoted {when(production.promoted_at)}</span>
            </div>
          ) : <p className="muted">None yet. Images come without pre-labels until a version is promoted.</p>}
        </section>
      </div>
      <section className="panel stack"><h2>Recent jobs</h2>
        <ErrorNote error={jobs.error} retry={() => void jobs.refetch()} />
        {jobs.data?.results.length === 0 && <p className="muted">None yet. Imports, pre-labeling and training show their progress here.</p>}
        {jobs.data?.results.slice(0, 6).map((job) => <JobLine key={job.id} job={job} what={`${JOBS[job.kind] ?? job.kind}, ${when(job.created)}`} />)}
      </section>
    </main>
  );
}

function Advice({ total, done, manager, id, production, trained }: { total: number; done: number; manager: boolean; id: number; production: boolean; trained: boolean }) {
  if (!total) return manager ? <p>Bring images in: <Link to={`/projects/${id}/import`}>drop files or folders, or give a list of addresses</Link>.</p> : <p className="muted">A manager has to import images first.</p>;
  if (done < 20) return <p>Label a first set, a few dozen of every category. <kbd>?</kbd> on the labeling screen lists its keys.</p>;
  if (!manager) return <p>Go on labeling. A manager starts the training.</p>;
  if (!trained) return <p>There are {done} labels: <Link to={`/projects/${id}/models`}>train a first model</Link>, and let it pre-label the rest.</p>;
  if (!production) return <p>A version is trained: <Link to={`/projects/${id}/models`}>look at its figures and promote it</Link>.</p>;
  return <p>Go on labeling with pre-labels, least confident first if you choose so in the <Link to={`/projects/${id}/settings`}>settings</Link>, and <Link to={`/projects/${id}/models`}>train again</Link>.</p>;
}
