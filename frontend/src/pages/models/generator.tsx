import "../../styles/synthesis.css";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, type ModelVersion, need, type Project } from "../../api/client";
import { plural } from "../../parts/format";
import { Skeleton } from "../../parts/notes";
import type { GeneratorMetrics } from "./generators";

/** How near a generator's pictures are to photographs, and the last ones that its run has shown. */
export function GeneratorFigures({ model, project }: { model: ModelVersion; project: Project }) {
  const metrics = model.metrics as unknown as GeneratorMetrics;
  const run = useQuery({
    queryKey: ["run", model.run],
    queryFn: () => need(api.GET("/api/training-runs/{id}/", { params: { path: { id: model.run ?? 0 } } })),
    enabled: Boolean(model.run),
  });
  const shown = run.data?.pictures.filter(({ epoch }) => epoch === metrics.best_epoch) ?? [];
  return (
    <>
      <section className="panel stack">
        <div className="figures">
          <Figure value={metrics.kid} text="KID, its pictures" />
          {metrics.kid_before !== null && (
            <Figure value={metrics.kid_before} text="KID, renders as they are" />
          )}
          <div className="figure">
            <b className="number">{metrics.best_epoch}</b>
            <span className="muted small">Epoch that was kept</span>
          </div>
        </div>
        <p className="muted small">
          {metrics.images &&
            `Learned from ${plural(metrics.images.source, "render")} and ${plural(metrics.images.target, "photograph")}, measured beside ${metrics.images.real} others. `}
          KID is how far pictures are from photographs by the features of {metrics.features}: less is nearer,
          and 0 as near as photographs are to each other. It compares versions of this project, and no others;
          what counts is what a detector makes of it.
        </p>
        <div className="row">
          <Link className="button small" to={`/projects/${project.id}/synthesis`}>
            Synthesis
          </Link>
        </div>
      </section>
      {model.run !== null && (
        <section className="panel stack">
          <h2>What it makes</h2>
          {run.isPending && <Skeleton lines={1} tall />}
          <div className="generator-sheets">
            {shown.map(({ epoch, image }) => (
              <img
                key={image}
                src={`/api/training-runs/${model.run}/pictures/${epoch}/${image}/`}
                alt={`Sample ${image} by epoch ${epoch}`}
              />
            ))}
          </div>
        </section>
      )}
    </>
  );
}

function Figure({ value, text }: { value: number | null; text: string }) {
  return (
    <div className="figure">
      <b className="number">{value === null ? "–" : value.toFixed(4)}</b>
      <span className="muted small">{text}</span>
    </div>
  );
}
