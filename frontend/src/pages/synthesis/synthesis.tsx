import "../../styles/synthesis.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Project } from "../../api/client";
import { isFinished } from "../../api/queries";
import { duration, plural, when } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Bar, Empty, ErrorNote, PageHead, Skeleton, State } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import { useProject } from "../project";
import { GenerateForm } from "./generate-form";
import { type Batch, batchesQuery, smallUrl, synthesisOptionsQuery, titleOf } from "./queries";
import { RenderForm } from "./render-form";
import { SceneModels } from "./scene-models";

/** Made pictures of a project: batches of renders, of translations, and of what a StyleGAN2 makes. */
export default function Synthesis() {
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [open, setOpen] = useState<"render" | "generate" | "models" | null>(null);
  const options = useQuery(synthesisOptionsQuery(project.id));
  const { data, error, refetch } = useQuery(batchesQuery(project.id));
  const close = () => setOpen(null);
  const begun = (batch: Batch) => {
    void client.invalidateQueries({ queryKey: ["synthesis", project.id] });
    void navigate(`/projects/${project.id}/synthesis/${batch.id}`);
  };
  if (project.kind !== "detection") {
    return (
      <main className="page">
        <Empty
          icon="synthesis"
          title="Scenes come with boxes"
          text="They can be rendered for projects of the kind detection."
        />
      </main>
    );
  }
  const makers = options.data?.generators.filter(({ translates }) => !translates) ?? [];
  const missing = options.data?.blender_missing;
  const render = (
    <button
      className="button primary"
      disabled={!options.data || Boolean(missing)}
      onClick={() => setOpen("render")}
    >
      <Icon name="synthesis" /> Render scenes
    </button>
  );
  return (
    <main className="page">
      <PageHead
        title="Synthesis"
        text="Fridges that do not exist, with exact boxes: rendered, made to look real, and brought into the project to be learned from."
      >
        <button className="button" onClick={() => setOpen("models")}>
          Own models
        </button>
        {makers.length > 0 && (
          <button className="button" onClick={() => setOpen("generate")}>
            Make new pictures
          </button>
        )}
        {render}
      </PageHead>
      {missing && (
        <p className="note warn break" role="status">
          {missing}
        </p>
      )}
      <ErrorNote error={error ?? options.error} retry={() => void refetch()} />
      {!data && !error && <Skeleton lines={3} tall />}
      {data?.results.length === 0 && (
        <Empty
          icon="synthesis"
          title="No pictures yet"
          text="Render a few scenes first and look at their boxes. Then train a CycleGAN or a Pix2Pix on them and your photographs (Models, Train), and translate them."
        />
      )}
      <div className="cards">
        {data?.results.map((batch) => (
          <Card key={batch.id} batch={batch} project={project} />
        ))}
      </div>
      {open === "render" && options.data && (
        <Sheet title="Render scenes" broad close={close}>
          <RenderForm project={project} options={options.data} begun={begun} />
        </Sheet>
      )}
      {open === "generate" && (
        <Sheet title="Make new pictures" close={close}>
          <GenerateForm project={project} versions={makers} most={options.data?.most ?? 1} begun={begun} />
        </Sheet>
      )}
      {open === "models" && (
        <Sheet title="Own models" broad close={close}>
          <SceneModels project={project} />
        </Sheet>
      )}
    </main>
  );
}

function Card({ batch, project }: { batch: Batch; project: Project }) {
  const over = isFinished(batch.state);
  const left = batch.seconds_left ? `, about ${duration(batch.seconds_left)} left` : "";
  return (
    <Link className="card" to={`/projects/${project.id}/synthesis/${batch.id}`}>
      <span className="cover" aria-hidden>
        {Array.from({ length: 4 }, (_, n) =>
          batch.cover[n] ? (
            <img key={n} src={smallUrl(batch.cover[n])} alt="" loading="lazy" />
          ) : (
            <span key={n} />
          ),
        )}
      </span>
      <span className="row between still">
        <b className="clip">{titleOf(batch)}</b>
        <State state={batch.state} />
      </span>
      {over ? (
        <span className="muted small number">
          {plural(batch.pictures, "picture")}
          {batch.accepted > 0 && `, ${batch.accepted} in the project`}, {when(batch.job.created)}
        </span>
      ) : (
        <span className="stack close">
          <Bar value={batch.job.done} total={batch.count} label={titleOf(batch)} />
          <span className="muted small number">
            {batch.job.done} of {batch.count}
            {left}
          </span>
        </span>
      )}
    </Link>
  );
}
