import "../../styles/synthesis.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, type Job, need, type Project } from "../../api/client";
import { isFinished } from "../../api/queries";
import { duration, modelName, plural, when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { Bar, Empty, ErrorNote, Fetched, PageHead, Skeleton, State } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import { useProject } from "../project";
import { Gallery } from "./gallery";
import { type BatchDetail, batchQuery, titleOf } from "./queries";
import { TranslateForm, Translations } from "./translations";

/** One batch: how far it is, its pictures with their boxes, and what can be made of them. */
export default function BatchPage() {
  const project = useProject();
  const id = Number(useParams().batch);
  const { data, error, refetch } = useQuery(batchQuery(id));
  if (!data) {
    return (
      <main className="page">
        {error ? (
          <Fetched what="batch" error={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={3} tall />
        )}
      </main>
    );
  }
  return <Loaded key={id} batch={data} project={project} changed={() => void refetch()} />;
}

type Props = { batch: BatchDetail; project: Project; changed: () => void };

function Loaded({ batch, project, changed }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [bringing, setBringing] = useState<Job | null>(null);
  const [brought, setBrought] = useState<Job | null>(null);
  const [open, setOpen] = useState<"translate" | "delete" | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const over = isFinished(batch.state);
  const path = { id: batch.id };
  const good = batch.images.filter((picture) => !picture.error);
  const sound = good.filter((picture) => !picture.flagged && !picture.image);
  const act = async (call: Promise<unknown>) => {
    setRefused(null);
    setOpen(null);
    await call.catch(setRefused);
    changed();
  };
  const accept = async () => {
    setRefused(null);
    setBrought(null);
    const body = chosen.size ? { images: [...chosen], flagged: true } : {};
    try {
      setBringing(await need(api.POST("/api/synthesis/batches/{id}/accept/", { params: { path }, body })));
    } catch (problem) {
      setRefused(problem);
    }
  };
  const remove = async () => {
    setRefused(null);
    setOpen(null);
    try {
      await need(api.DELETE("/api/synthesis/batches/{id}/", { params: { path } }));
      void client.invalidateQueries({ queryKey: ["synthesis", project.id] });
      void navigate(`/projects/${project.id}/synthesis`);
    } catch (problem) {
      setRefused(problem);
    }
  };
  const count = chosen.size || sound.length;
  // What is flagged comes by choice alone.
  const nothing = good.every((picture) => picture.image) ? "All in the project" : "Choose what to bring";
  return (
    <main className="page">
      <PageHead
        title={
          <span className="row tight">
            {titleOf(batch)}{" "}
            <span role="status">
              <State state={batch.state} />
            </span>
          </span>
        }
        text={<About batch={batch} project={project} />}
      >
        {!over && (
          <button
            className="button"
            disabled={batch.job.cancel_requested}
            onClick={() => void act(need(api.POST("/api/jobs/{id}/cancel/", { params: { path } })))}
          >
            {batch.job.cancel_requested ? "Cancelling" : "Cancel"}
          </button>
        )}
        {over && (
          <button className="button quiet icon" aria-label="Delete" onClick={() => setOpen("delete")}>
            <Icon name="bin" />
          </button>
        )}
        {over && batch.generator === "blender" && good.length > 0 && (
          <button className="button" onClick={() => setOpen("translate")}>
            Translate
          </button>
        )}
        {good.length > 0 && (
          <button
            className="button primary"
            disabled={!count || (bringing !== null && brought === null)}
            onClick={() => void accept()}
          >
            <Icon name="import" />{" "}
            {count ? `Bring ${chosen.size ? "" : "all "}${count} into the project` : nothing}
          </button>
        )}
      </PageHead>
      <ErrorNote error={refused} />
      {bringing && (
        <div className="panel">
          <JobLine
            key={bringing.id}
            job={bringing}
            what="Bringing pictures into the project"
            ended={(job) => {
              setBrought(job);
              changed();
            }}
          />
        </div>
      )}
      {brought?.state === "succeeded" && <Brought job={brought} batch={batch} project={project} />}
      {!over && <Progress batch={batch} />}
      <Errors batch={batch} />
      {batch.images.length === 0 && over && (
        <Empty icon="synthesis" title="No picture was made" text="The batch ended before its first one." />
      )}
      <Gallery batch={batch} project={project} chosen={chosen} choose={setChosen} />
      <Translations batch={batch} project={project} />
      {open === "translate" && (
        <Sheet title="Translate" close={() => setOpen(null)}>
          <TranslateForm batch={batch} project={project} />
        </Sheet>
      )}
      {open === "delete" && (
        <Sheet title={`Delete batch ${batch.id}?`} close={() => setOpen(null)}>
          <p>Its pictures and their translations go. What was brought into the project stays there.</p>
          <div className="row end">
            <button className="button" onClick={() => setOpen(null)}>
              Leave it
            </button>
            <button className="button danger" onClick={() => void remove()}>
              Delete
            </button>
          </div>
        </Sheet>
      )}
    </main>
  );
}

function About({ batch, project }: { batch: BatchDetail; project: Project }) {
  const seconds = batch.images.map((picture) => picture.seconds ?? 0).filter(Boolean);
  const mean = seconds.reduce((sum, one) => sum + one, 0) / Math.max(1, seconds.length);
  const version = batch.model_version;
  return (
    <>
      {version && (
        <>
          by <Link to={`/projects/${project.id}/models/${version.id}`}>{modelName(version)}</Link>,{" "}
        </>
      )}
      {batch.source && (
        <>
          of <Link to={`/projects/${project.id}/synthesis/${batch.source}`}>batch {batch.source}</Link>,{" "}
        </>
      )}
      seed {batch.seed}, {when(batch.job.created)}
      {mean > 0 && `, ${mean.toFixed(mean < 10 ? 1 : 0)} s a picture`}
      {batch.accepted > 0 && `, ${batch.accepted} in the project`}
    </>
  );
}

function Progress({ batch }: { batch: BatchDetail }) {
  const left = batch.seconds_left ? `, about ${duration(batch.seconds_left)} left` : "";
  const waiting = batch.generator === "blender" ? "a worker that renders" : "the inference worker";
  return (
    <section className="panel stack">
      <Bar value={batch.job.done} total={batch.count} label={titleOf(batch)} />
      <span className="muted number">
        {batch.state === "queued" ? `Waiting for ${waiting}.` : `${batch.job.done} of ${batch.count}${left}`}
      </span>
    </section>
  );
}

function Errors({ batch }: { batch: BatchDetail }) {
  if (!batch.job.errors.length) return null;
  const whole = batch.job.errors.find(({ item }) => item === "job");
  const rest = batch.job.errors.filter(({ item }) => item !== "job");
  return (
    <>
      {whole && (
        <p className="note bad break" role="alert">
          {whole.reason}
        </p>
      )}
      {rest.length > 0 && (
        <details className="note warn">
          <summary>{plural(rest.length, "picture")} could not be made</summary>
          <ul className="list small">
            {rest.slice(0, 50).map(({ item, reason }) => (
              <li key={item} className="break">
                <b>{item}</b> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Brought({ job, batch, project }: { job: Job; batch: BatchDetail; project: Project }) {
  const source = batch.generator === "translation" ? "translated" : "render";
  const { created = 0, duplicates = 0, labeled = 0 } = (job.result ?? {}) as Record<string, number>;
  const there = duplicates ? `, ${duplicates} were there already` : "";
  return (
    <p className="note good row between" role="status">
      <span>
        {plural(created, "new image")}, {labeled} with boxes{there}. They are learned from, and never measured
        on.
      </span>
      <Link className="button small" to={`/projects/${project.id}/images?source=${source}`}>
        Look at them
      </Link>
    </p>
  );
}
