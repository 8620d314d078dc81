import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, need, type Project, type Schemas } from "../api/client";
import { boxesOf, classesOf, inWords, matteOf, originsOf } from "../api/results";
import { Picture } from "../canvas/picture";
import { Comments, useSendComment } from "../parts/comments";
import { sentence } from "../canvas/evidence";
import { modelName, percent, when } from "../parts/format";
import { Icon } from "../parts/icon";
import { Dot, ErrorNote, Fetched, PageHead, Skeleton } from "../parts/notes";
import { Sheet } from "../parts/sheet";
import { BoxOutlines } from "./box-outlines";
import { MatteOver } from "./matte-over";
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
  const [of, show] = useState<string | null>(null);
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
            {project.kind === "matting" ? (
              <MatteOver image={data} alpha={alphaOf(data, of)} />
            ) : (
              <Picture
                image={data}
                evidence={classesOf(data.prediction?.result)}
                over={<Boxes image={data} project={project} of={of} />}
              />
            )}
          </div>
          <div className="stack">
            <section className="panel stack">
              <div className="row between">
                <h2>Labels</h2>
                {project.kind !== "classification" && project.role !== "labeler" && isReviewable(data) && (
                  <Link
                    className="button small"
                    to={`/projects/${project.id}/review?of=${data.status}&image=${id}`}
                  >
                    Mend the {project.kind === "matting" ? "matte" : "boxes"}
                  </Link>
                )}
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
                <Label
                  key={one.uuid}
                  label={one}
                  project={project}
                  review={review}
                  show={one.result.boxes || one.result.alpha ? () => show(one.uuid) : undefined}
                />
              ))}
            </section>
            <CommentsPanel key={id} image={id} />
            <Prediction image={data} show={() => show("model")} />
            <NearDuplicates image={data} project={project} />
            <Attributes image={data} project={project.id} />
            <Facts image={data} project={project.id} />
          </div>
        </div>
      )}
    </main>
  );
}

function isReviewable({ status }: Detail): boolean {
  return status === "labeled" || status === "in_review";
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

/** The matte of one version of the label, of the current one to begin with; where there is none, the model's. */
function alphaOf({ annotations, prediction }: Detail, of: string | null): string | undefined {
  const said = matteOf(prediction?.result)?.alpha;
  if (of === "model") return said;
  const chosen = annotations.find(({ uuid }) => uuid === of) ?? annotations.find(({ current }) => current);
  return chosen?.result.alpha ?? said;
}

/** The boxes of one version of the label, of the current one to begin with; where there is none, the model's. */
function Boxes({ image, project, of }: { image: Detail; project: Project; of: string | null }) {
  const chosen =
    image.annotations.find(({ uuid }) => uuid === of) ?? image.annotations.find(({ current }) => current);
  const predicted = boxesOf(image.prediction?.result);
  if (chosen?.result.boxes && of !== "model")
    return <BoxOutlines project={project} image={image} boxes={chosen.result.boxes} />;
  return predicted && <BoxOutlines project={project} image={image} boxes={predicted.boxes} dashed />;
}

type LabelProps = {
  label: Annotation;
  project: Project;
  review: (uuid: string, verdict: "accept" | "reject") => Promise<void>;
  show?: () => void;
};

function Label({ label, project, review, show }: LabelProps) {
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
          {color && <Dot color={color} />}
          <b>{inWords(label.result)}</b>
          {originsOf(label.regions).map((text) => (
            <span key={text} className="badge">
              {text}
            </span>
          ))}
          {label.late && <span className="badge warn">late</span>}
          {label.withdrawn && <span className="badge">undone</span>}
        </span>
        {(reviewable || show) && (
          <span className="row tight">
            {show && (
              <button className="button small quiet" onClick={show}>
                Show
              </button>
            )}
            {reviewable && (
              <>
                <button className="button small" onClick={() => void review(label.uuid, "accept")}>
                  Accept
                </button>
                <button className="button small" onClick={() => void review(label.uuid, "reject")}>
                  Send back
                </button>
              </>
            )}
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

function Prediction({ image, show }: { image: Detail; show: () => void }) {
  const { prediction } = image;
  const classes = classesOf(prediction?.result);
  const shown = boxesOf(prediction?.result) ?? matteOf(prediction?.result);
  return (
    <section className="panel stack">
      <h2>Model</h2>
      {!prediction && <p className="muted">No prediction yet.</p>}
      {prediction && shown && (
        <p className="row between">
          <span>
            {inWords(shown)} <span className="muted">by {modelName(prediction)}</span>
          </span>
          <button className="button small quiet" onClick={show}>
            Show
          </button>
        </p>
      )}
      {prediction && classes && (
        <>
          <p>
            {classes.category ?? classes.reason} <b className="number">{percent(prediction.score)}</b>{" "}
            <span className="muted">by {modelName(prediction)}</span>
          </p>
          {classes.distracted && <p className="note warn small">Distracted: {classes.reason}</p>}
          {classes.category && classes.reason && !classes.distracted && (
            <p className="muted small">{sentence(classes.reason)}</p>
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
