import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, type ModelVersion, need, type Project } from "../../api/client";
import { modelName, percent, when } from "../../parts/format";
import { JobLine } from "../../parts/job";
import { ErrorNote, Fetched, PageHead, Skeleton, State } from "../../parts/notes";
import { useProject } from "../project";
import { GeneratorFigures } from "./generator";
import { isGenerator } from "./generators";
import { Calibration, Confusion, Figures, type Metrics, PerClass } from "./metrics";
import { Refused } from "./refused";
import {
  BoxConfusion,
  DetectionFigures,
  type DetectionMetrics,
  isDetection,
  PerBoxCategory,
} from "./detection";
import { isMatting, MattingFigures, MatteVerdict } from "./matting";
import { MarkLegend, Verdicts } from "./thumbs";
import { usePromotion } from "./use-promotion";

const WORST = 24;
const MOST_BESIDE = 6; // names of a confusion matrix that has room beside the table

export default function Model() {
  const project = useProject();
  const id = Number(useParams().model);
  const { data, error, refetch } = useQuery({
    queryKey: ["model", id],
    queryFn: () => need(api.GET("/api/models/{id}/", { params: { path: { id } } })),
  });
  const promotion = usePromotion(project.id, id);
  if (!data) {
    return (
      <main className="page">
        {error ? (
          <Fetched what="version" error={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={4} tall />
        )}
      </main>
    );
  }
  const measured = data.metrics as unknown as Partial<Metrics>;
  const title = (
    <span className="row tight">
      {modelName(data)} <State state={data.stage} />
    </span>
  );
  return (
    <main className="page">
      <PageHead title={title} text={<Origin model={data} project={project} />}>
        {project.role === "manager" && (
          <>
            {data.stage === "candidate" && (
              <button className="button" onClick={() => void promotion.archive()}>
                Archive
              </button>
            )}
            {data.stage !== "production" && (
              <button
                className="button primary"
                onClick={() => void promotion.promote({})}
                disabled={promotion.busy}
              >
                {promotion.busy ? "Scoring on held-out images" : "Promote"}
              </button>
            )}
          </>
        )}
      </PageHead>
      <ErrorNote error={promotion.problem} />
      {promotion.said && (
        <p className="note good" role="status">
          {promotion.said}
        </p>
      )}
      {promotion.job && (
        <div className="panel">
          <JobLine
            key={promotion.job.id}
            job={promotion.job}
            what="Scoring both versions"
            ended={promotion.scored}
          />
        </div>
      )}
      {isGenerator(data) ? <GeneratorFigures model={data} project={project} /> : <Measured model={data} />}
      {isGenerator(data) ? null : measured.calibration ? (
        <div className="two even">
          <section className="panel stack">
            <h2>Calibration</h2>
            <Calibration metrics={measured as Metrics} />
          </section>
          <Worst model={data} project={project} />
        </div>
      ) : (
        (Object.keys(measured).length > 0 || !isMade(data)) && <Worst model={data} project={project} />
      )}
      <details className="panel">
        <summary>Parameters and weights</summary>
        <pre className="parameters">
          {JSON.stringify({ ...data.config, weights_sha256: data.weights_sha256 }, null, 2)}
        </pre>
      </details>
      {promotion.gate && (
        <Refused
          gate={promotion.gate}
          close={promotion.leave}
          force={(reason) => void promotion.promote({ force: true, reason })}
        />
      )}
    </main>
  );
}

function Origin({ model, project }: { model: ModelVersion; project: Project }) {
  return (
    <>
      {model.model === "rule" ? `${limits(model)} Made` : isMade(model) ? "added" : "trained"}{" "}
      {when(model.created)}
      {model.run ? (
        <>
          , <Link to={`/projects/${project.id}/models/runs/${model.run}`}>run {model.run}</Link>
        </>
      ) : null}
      {model.snapshot && (
        <>
          , data <code title={model.snapshot}>{model.snapshot.slice(0, 12)}</code>
        </>
      )}
    </>
  );
}

/** Of models that are made of their settings alone. */
function isMade(model: ModelVersion): boolean {
  return model.model === "rule" || model.model === "segmenter";
}

type Rule = { yaw: string; yaw_degrees: number; pitch: string; pitch_degrees: number };

/** How far a head may turn, which is what tells one rule from another. */
function limits(model: ModelVersion): string {
  const rule = model.config.config as Rule;
  const axes = [
    rule.yaw && `${rule.yaw} is within ±${rule.yaw_degrees}°`,
    rule.pitch && `${rule.pitch} is within ±${rule.pitch_degrees}°`,
  ];
  return `A head faces the camera where ${axes.filter(Boolean).join(" and ")}.`;
}

function Measured({ model }: { model: ModelVersion }) {
  const metrics = model.metrics as unknown as Metrics | DetectionMetrics;
  if (isMatting(metrics)) {
    return (
      <section className="panel">
        <MattingFigures metrics={metrics} />
      </section>
    );
  }
  if (!metrics.confusion) {
    return isMade(model) ? (
      <p className="note">
        {model.model === "rule" ? "A rule" : "A packaged model"} learns nothing here. It is measured on the
        labeled images that are held out, when somebody promotes it or a version that is to take its place.
      </p>
    ) : (
      <p className="note warn">This version was not measured: there were no held-out images.</p>
    );
  }
  const boxes = isDetection(metrics) ? metrics : null;
  const classes = boxes ? null : (metrics as Metrics);
  const fits = metrics.confusion.labels.length <= MOST_BESIDE;
  return (
    <>
      <section className="panel">
        {classes && <Figures metrics={classes} />}
        {boxes && <DetectionFigures metrics={boxes} />}
      </section>
      <div className={fits ? "two even" : "stack"}>
        <section className="panel stack">
          <h2>By category</h2>
          {classes && <PerClass metrics={classes} />}
          {boxes && <PerBoxCategory metrics={boxes} />}
        </section>
        <section className="panel stack">
          <h2>Confusion</h2>
          <p id="heat-text" className="muted small">
            Rows: what people said. Columns: what the model says.
          </p>
          {classes && (
            <Confusion
              rows={classes.confusion.labels}
              columns={[...classes.confusion.labels, "no answer"]}
              matrix={classes.confusion.matrix}
            />
          )}
          {boxes && <BoxConfusion metrics={boxes} />}
        </section>
      </div>
    </>
  );
}

function Worst({ model, project }: { model: ModelVersion; project: Project }) {
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["evaluation", model.id],
    queryFn: () => need(api.GET("/api/models/{id}/evaluation/", { params: { path: { id: model.id } } })),
  });
  const wrong = data?.images.filter((row) => !row.correct) ?? [];
  return (
    <section className="panel stack">
      <h2>What it gets most wrong</h2>
      <ErrorNote error={error} retry={() => void refetch()} />
      {isPending && <Skeleton lines={1} tall />}
      {data && !wrong.length && <p className="muted">Nothing among the held-out images.</p>}
      {project.kind === "detection" && wrong.length > 0 && <MarkLegend />}
      <div className={project.kind === "classification" ? "grid" : "grid large"}>
        {wrong
          .slice(0, WORST)
          .map((row) =>
            row.alpha ? (
              <MatteVerdict key={row.image} project={project.id} row={row} />
            ) : (
              <Verdicts
                key={row.image}
                project={project.id}
                image={row.image}
                truth={row.truth}
                lines={
                  project.kind === "detection"
                    ? [row.category ?? "nothing"]
                    : [`said ${row.category ?? "nothing"} ${row.score === null ? "" : percent(row.score)}`]
                }
                marks={row.boxes}
                size={row}
              />
            ),
          )}
      </div>
    </section>
  );
}
