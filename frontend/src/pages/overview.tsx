import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, type ModelVersion, need, type Project } from "../api/client";
import { modelsQuery, projectQuery } from "../api/queries";
import { grouped, modelName, percent, plural, when } from "../parts/format";
import { Icon } from "../parts/icon";
import { JobLine } from "../parts/job";
import { Bar, ErrorNote, PageHead, Skeleton } from "../parts/notes";
import { Advice } from "./advice";
import { Categories } from "./categories";
import { HEADLINES } from "./models/headlines";
import { useProject } from "./project";
import { Work } from "./work";
import { isAsked } from "./models/generators";

const STATES = [
  ["unlabeled", "To label"],
  ["labeled", "Labeled"],
  ["in_review", "In review"],
  ["done", "Accepted"],
  ["skipped", "Skipped"],
] as const;

const JOBS: Record<string, string> = {
  import: "Import",
  preview: "Look at a video",
  export: "Export",
  prelabel: "Pre-labeling",
  training: "Training",
  promotion: "Promotion",
  labelcheck: "Label check",
};

export default function Overview() {
  const project = useProject();
  const models = useQuery(modelsQuery(project.id));
  const production = models.data?.results.find(isAsked);
  return (
    <main className="page">
      <PageHead
        title={project.name}
        text={
          <span className="row">
            <Categories project={project} most={12} />
          </span>
        }
      >
        <WayOn project={project} />
      </PageHead>
      <Progress project={project} />
      <div className="two even">
        <section className="panel stack">
          <h2>What comes next</h2>
          <Advice project={project} models={models.data?.results} />
        </section>
        <section className="panel stack">
          <h2>Model in production</h2>
          <Production project={project} model={production} loading={models.isPending} />
        </section>
      </div>
      {project.counts.total > project.counts.unlabeled && <Work project={project} />}
      <RecentJobs project={project} />
    </main>
  );
}

/** The button for what most people come for. */
function WayOn({ project: { id, role, counts } }: { project: Project }) {
  if (!counts.total && role === "manager") {
    return (
      <Link className="button primary" to={`/projects/${id}/import`}>
        <Icon name="import" /> Import images
      </Link>
    );
  }
  return (
    <Link className="button primary" to={`/projects/${id}/label`}>
      <Icon name="label" /> {counts.unlabeled ? `Label ${plural(counts.unlabeled, "image")}` : "Label"}
    </Link>
  );
}

function Progress({ project: { id, counts } }: { project: Project }) {
  const done = counts.total - counts.unlabeled;
  return (
    <section className="panel stack" aria-label="Progress">
      <div className="row between">
        <span className="number">
          {grouped(done)} of {grouped(counts.total)} images labeled
        </span>
        <span className="muted number">{counts.total ? percent(done / counts.total) : ""}</span>
      </div>
      <Bar value={done} total={counts.total} label="Labeled" />
      <div className="figures">
        {STATES.map(([state, text]) => (
          <Link key={state} className="figure plain" to={`/projects/${id}/images?status=${state}`}>
            <b className="number">{grouped(counts[state])}</b>
            <span className="muted small">{text}</span>
          </Link>
        ))}
      </div>
    </section>
  );
}

type ProductionProps = { project: Project; model: ModelVersion | undefined; loading: boolean };

function Production({ project, model, loading }: ProductionProps) {
  if (loading) return <Skeleton lines={2} />;
  if (!model) {
    return <p className="muted">None yet. Images come without pre-labels until a version is promoted.</p>;
  }
  return (
    <>
      <p>
        <Link to={`/projects/${project.id}/models/${model.id}`}>{modelName(model)}</Link>{" "}
        <span className="muted">promoted {when(model.promoted_at)}</span>
      </p>
      <div className="figures">
        {HEADLINES[project.kind].map(({ name, text, show }) => (
          <div key={name} className="figure">
            <b className="number">{show(model.metrics[name] as number | undefined)}</b>
            <span className="muted small">{text}, held out</span>
          </div>
        ))}
      </div>
    </>
  );
}

function RecentJobs({ project }: { project: Project }) {
  const jobs = useQuery({
    queryKey: ["jobs", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/jobs/", { params: { path: { id: project.id } } })),
    refetchInterval: 5000,
  });
  const client = useQueryClient();
  // What it has brought stands above: a version, images, labels.
  const ended = () => {
    void client.invalidateQueries({ queryKey: ["models", project.id] });
    void client.invalidateQueries({ queryKey: projectQuery(project.id).queryKey });
  };
  return (
    <section className="panel stack">
      <h2>Recent jobs</h2>
      <ErrorNote error={jobs.error} retry={() => void jobs.refetch()} />
      {jobs.isPending && <Skeleton lines={2} />}
      {jobs.data?.results.length === 0 && (
        <p className="muted">None yet. Imports, pre-labeling and training show their progress here.</p>
      )}
      {jobs.data?.results.slice(0, 6).map((job) => (
        <JobLine key={job.id} job={job} what={JOBS[job.kind] ?? job.kind} dated ended={ended} />
      ))}
    </section>
  );
}
