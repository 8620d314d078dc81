import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, need, type Project, type Schemas } from "../api/client";
import { Picture } from "../canvas/picture";
import { Comments, useSendComment } from "../parts/comments";
import { sentence } from "../canvas/evidence";
import { modelName, percent, when } from "../parts/format";
import { Icon } from "../parts/icon";
import { Dot, ErrorNote, Fetched, PageHead, Skeleton } from "../parts/notes";
import { Sheet } from "../parts/sheet";
import { Attributes, Facts } from "./facts";
import { NearDuplicates } from "./near-duplicates";
import { useProject } from "./project";

type Detail = Schemas["ImageDetailRow"];
type Annotation = Detail["annotations"][number];

export default function ImageDetail() {
  const project = useProject();
  const id = Number(useParams().image);
  const client = useQueryClient();
  const [refused, setRefused] = useState<unknown>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["image", id],
    queryFn: () => need(api.GET("/api/images/{id}/", { params: { path: { id } } })),
  });
  const review = async (uuid: string, verdict: "accept" | "reject") => {
    setRefused(null);
    await need(
      api.POST("/api/annotations/{uuid}/review/", { params: { path: { uuid } }, body: { verdict } }),
    ).catch(setRefused);
    void client.invalidateQueries({ queryKey: ["image", id] });
  };
  const requeue = async () => {
    setRefused(null);
    const body = { ids: [id], action: "requeue" as const };
    const params = { path: { id: project.id } };
    await need(api.POST("/api/projects/{id}/images/bulk/", { params, body })).catch(setRefused);
    void client.invalidateQueries({ queryKey: ["image", id] });
    for (const key of ["images", "project"]) void client.invalidateQueries({ queryKey: [key, project.id] });
  };
  return (
    <main className="page">
      <PageHead title={data?.name ?? "Image"}>
        <Link className="button small" to={`/projects/${project.id}/images`}>
          <Icon name="images" /> All images
        </Link>
        <Link className="button small" to={`/projects/${project.id}/images?similar=${id}`}>
          More like this
        </Link>
        {project.role === "manager" && data && <Manage image={data} project={project} refused={setRefused} />}
      </PageHead>
      <Fetched what="image" error={error} retry={() => void refetch()} />
      <ErrorNote error={refused} />
      {!data && !error && <Skeleton lines={3} tall />}
      {data?.error && <p className="note bad">This image cannot be used: {data.error}</p>}
      {data && (
        <div className="two image-detail">
          <div className="image-frame">
            <Picture image={data} evidence={data.prediction?.result ?? null} />
          </div>
          <div className="stack">
            <section className="panel stack">
              <div className="row between">
                <h2>Labels</h2>
                {data.status === "skipped" && project.role === "manager" && (
                  <button className="button small" onClick={() => void requeue()}>
                    <Icon name="repeat" /> Back to the queue
                  </button>
                )}
              </div>
              {data.annotations.length + data.skips.length === 0 && <p className="muted">None yet.</p>}
              {data.skips.map((skip) => (
                <Skip key={skip.created} skip={skip} />
              ))}
              {data.annotations.map((one) => (
                <Label key={one.uuid} label={one} project={project} review={review} />
              ))}
            </section>
            <CommentsPanel key={id} image={id} />
            <Prediction image={data} />
            <NearDuplicates image={data} project={project} />
            <Attributes image={data} project={project.id} />
            <Facts image={data} project={project.id} />
          </div>
        </div>
      )}
    </main>
  );
}

function CommentsPanel({ image }: { image: number }) {
  const send = useSendComment(image);
  return (
    <section className="panel stack">
      <h2>Comments</h2>
      <Comments image={image} send={send} />
    </section>
  );
}

type LabelProps = {
  label: Annotation;
  project: Project;
  review: (uuid: string, verdict: "accept" | "reject") => Promise<void>;
};

function Label({ label, project, review }: LabelProps) {
  const color = project.categories.find((category) => category.name === label.result.category)?.color;
  const reviewable = label.current && project.role !== "labeler" && !label.review;
  const facts = [
    label.author?.username ?? label.origin,
    when(label.created),
    label.lead_time_ms ? `${(label.lead_time_ms / 1000).toFixed(1)} s` : "",
    label.review ? `${label.review.verdict}ed by ${label.review.reviewer?.username ?? "a reviewer"}` : "",
  ];
  return (
    <div className={`stack close version${label.current ? "" : " past"}`}>
      <span className="row between">
        <span className="row tight">
          <Dot color={color} />
          <b>{label.result.category}</b>
          {label.regions[0] && <span className="badge">{label.regions[0].origin}</span>}
          {label.late && <span className="badge warn">late</span>}
          {label.withdrawn && <span className="badge">undone</span>}
        </span>
        {reviewable && (
          <span className="row tight">
            <button className="button small" onClick={() => void review(label.uuid, "accept")}>
              Accept
            </button>
            <button className="button small" onClick={() => void review(label.uuid, "reject")}>
              Send back
            </button>
          </span>
        )}
      </span>
      <span className="muted small number">{facts.filter(Boolean).join(", ")}</span>
      {label.review?.comment && <span className="small break">{label.review.comment}</span>}
    </div>
  );
}

function Skip({ skip }: { skip: Detail["skips"][number] }) {
  return (
    <div className="stack close version">
      <span className="break">
        <b>Skipped</b>
        {skip.reason && `: ${skip.reason}`}
      </span>
      <span className="muted small number">
        {skip.user.username}, {when(skip.created)}
      </span>
    </div>
  );
}

function Prediction({ image }: { image: Detail }) {
  const { prediction } = image;
  return (
    <section className="panel stack">
      <h2>Model</h2>
      {!prediction && <p className="muted">No prediction yet.</p>}
      {prediction && (
        <>
          <p>
            {prediction.result.category ?? prediction.result.reason}{" "}
            <b className="number">{percent(prediction.score)}</b>{" "}
            <span className="muted">by {modelName(prediction)}</span>
          </p>
          {prediction.result.distracted && (
            <p className="note warn small">Distracted: {prediction.result.reason}</p>
          )}
          {prediction.result.category && prediction.result.reason && !prediction.result.distracted && (
            <p className="muted small">{sentence(prediction.result.reason)}</p>
          )}
        </>
      )}
    </section>
  );
}

type ManageProps = { image: Detail; project: Project; refused: (problem: unknown) => void };

function Manage({ image, project, refused }: ManageProps) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = async () => {
    setAsking(false);
    try {
      await need(api.DELETE("/api/images/{id}/", { params: { path: { id: image.id } } }));
      await navigate(`/projects/${project.id}/images`);
      void client.invalidateQueries({ queryKey: ["images", project.id] });
      void client.invalidateQueries({ queryKey: ["project", project.id] });
    } catch (problem) {
      refused(problem);
    }
  };
  return (
    <>
      <a className="button small" href={`/api/images/${image.id}/file/`} target="_blank" rel="noreferrer">
        Original
      </a>
      <button className="button small danger" onClick={() => setAsking(true)}>
        <Icon name="bin" /> Delete
      </button>
      {asking && (
        <Sheet title="Delete this image?" close={() => setAsking(false)}>
          <p className="break">{image.name} goes out of sight, with its labels and predictions.</p>
          <div className="row end">
            <button className="button" onClick={() => setAsking(false)}>
              Keep it
            </button>
            <button className="button danger" onClick={() => void remove()}>
              Delete
            </button>
          </div>
        </Sheet>
      )}
    </>
  );
}
