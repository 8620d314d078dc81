import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { Link, useParams } from "react-router";
import { api, need, type Project, type Run } from "../../api/client";
import { isFinished } from "../../api/queries";
import { Chart, type Line } from "../../parts/chart";
import { duration, grouped, plural, when } from "../../parts/format";
import { Bar, Fetched, PageHead, Skeleton, State } from "../../parts/notes";
import { inOrderOf, useProject } from "../project";
import { isGenerator } from "./generators";
import { Pictures } from "./pictures";
import { Scroll } from "../../parts/scroll";

export default function RunPage() {
  const project = useProject();
  const id = Number(useParams().run);
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["run", id],
    queryFn: () => need(api.GET("/api/training-runs/{id}/", { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data && isFinished(query.state.data.state) ? false : 1000),
  });
  const over = data ? isFinished(data.state) : false;
  useEffect(() => {
    if (over) void client.invalidateQueries({ queryKey: ["models", project.id] });
  }, [over, client, project.id]);
  if (!data) {
    return (
      <main className="page">
        {error ? (
          <Fetched what="run" error={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={3} tall />
        )}
      </main>
    );
  }
  return (
    <main className="page">
      <Head run={data} project={project} changed={() => void refetch()} />
      {data.job.errors.map((row, n) => (
        <p key={n} className="note bad break" role="alert">
          {row.reason}
        </p>
      ))}
      {data.snapshot.warnings.map((text) => (
        <p key={text} className="note warn">
          {text}
        </p>
      ))}
      <Progress run={data} />
      <Charts
        metrics={data.metrics}
        waiting={!over}
        shares={project.kind !== "matting" && !isGenerator(data)}
      />
      {data.pictures.length > 0 && <Pictures run={data} />}
      <div className="two even">
        <section className="panel stack">
          <h2>Data</h2>
          {isGenerator(data) ? (
            <p className="number">
              {plural(data.snapshot.images.train ?? 0, "picture")} to learn from,{" "}
              {data.snapshot.images.val ?? 0} to show and measure.
            </p>
          ) : (
            <Splits splits={data.snapshot.splits} project={project} />
          )}
          <h2>Settings</h2>
          <Params params={data.params} />
        </section>
        <section className="panel stack">
          <h2>Log</h2>
          <Log text={data.job.log ?? ""} />
        </section>
      </div>
    </main>
  );
}

function Head({ run, project, changed }: { run: Run; project: Project; changed: () => void }) {
  const over = isFinished(run.state);
  const cancel = async () => {
    await api.POST("/api/jobs/{id}/cancel/", { params: { path: { id: run.job.id } } });
    changed();
  };
  const title = (
    <span className="row tight">
      Run {run.id}: {run.model.replaceAll("_", "-")}{" "}
      <span role="status">
        <State state={run.state} />
      </span>
    </span>
  );
  const text = (
    <>
      {plural(run.snapshot.count, "image")}, frozen as{" "}
      <code title={run.snapshot.sha256}>{run.snapshot.sha256.slice(0, 12)}</code>, started{" "}
      {when(run.job.created)}
    </>
  );
  return (
    <PageHead title={title} text={text}>
      {!over && project.role === "manager" && (
        <button className="button" onClick={() => void cancel()} disabled={run.job.cancel_requested}>
          {run.job.cancel_requested ? "Cancelling" : "Cancel"}
        </button>
      )}
      {run.model_version && (
        <Link className="button primary" to={`/projects/${project.id}/models/${run.model_version}`}>
          Look at the version
        </Link>
      )}
    </PageHead>
  );
}

function Progress({ run }: { run: Run }) {
  if (isFinished(run.state)) return null;
  const { done, total, attempt } = run.job;
  const left = run.seconds_left ? `, about ${duration(run.seconds_left)} left` : "";
  const text =
    run.state === "queued" ? "Waiting for the training worker." : `Epoch ${done} of ${total || "?"}${left}`;
  return (
    <section className="panel stack">
      <Bar value={done} total={total} label="Training" />
      <span className="muted number">
        {text}
        {attempt > 1 ? ` (attempt ${attempt}, from its last checkpoint)` : ""}
      </span>
    </section>
  );
}

/** What is drawn of an epoch's figures, by their names. */
const LINES: Record<string, readonly [text: string, color: string]> = {
  loss: ["loss", "#e8590c"],
  val_loss: ["validation loss", "#f59f00"],
  box_loss: ["box loss", "#4c7dff"],
  cls_loss: ["category loss", "#12b886"],
  dfl_loss: ["edge loss", "#9775fa"],
  val_macro_f1: ["macro-F1", "#4c7dff"],
  val_accuracy: ["accuracy", "#12b886"],
  val_map: ["mAP 50–95", "#4c7dff"],
  val_map50: ["mAP 50", "#12b886"],
  val_mse: ["MSE, 10⁻³", "#4c7dff"],
  val_sad: ["SAD, thousands", "#12b886"],
  kid: ["KID", "#4c7dff"],
  generator: ["generator", "#e8590c"],
  generators: ["generators", "#e8590c"],
  rival: ["discriminator", "#12b886"],
  rivals: ["discriminators", "#12b886"],
  l1: ["L1", "#9775fa"],
  cycle: ["cycle", "#9775fa"],
  identity: ["identity", "#f59f00"],
  path: ["path length", "#9775fa"],
  r1: ["gradient penalty", "#f59f00"],
  augmented: ["augmented", "#12b886"],
  largest_share: ["largest share", "#9775fa"],
};

const GAMES = ["generator", "generators", "rival", "rivals", "l1", "cycle", "identity", "path", "r1"];
const isLoss = (name: string) => name.includes("loss") || GAMES.includes(name);

type ChartsProps = { metrics: Run["metrics"]; waiting: boolean; shares: boolean };

function Charts({ metrics, waiting, shares }: ChartsProps) {
  const { x, losses, scores } = useMemo(() => {
    const names = [...new Set(metrics.flatMap((row) => Object.keys(row)))].filter((name) => name !== "epoch");
    const line = (key: string): Line => {
      const [name, color] = LINES[key] ?? [key.replaceAll("_", " "), "#868e96"];
      return { name, color, values: metrics.map((row) => row[key] ?? null) };
    };
    return {
      x: metrics.map((row) => row.epoch ?? 0),
      losses: names.filter(isLoss).map(line),
      scores: names.filter((name) => !isLoss(name)).map(line),
    };
  }, [metrics]);
  if (!metrics.length && !waiting) return null;
  return (
    <div className="two even">
      <ChartPanel title="Loss" x={x} lines={losses} label="Loss by epoch" />
      <ChartPanel
        title="Validation"
        x={x}
        lines={scores}
        label="Validation figures by epoch"
        shares={shares}
      />
    </div>
  );
}

type PanelProps = { title: string; x: number[]; lines: Line[]; label: string; shares?: boolean };

/** Takes its room before there is anything to draw. */
function ChartPanel({ title, x, lines, label, shares }: PanelProps) {
  return (
    <section className="panel stack">
      <h2>{title}</h2>
      {lines.length > 0 ? (
        <Chart x={x} lines={lines} label={label} shares={shares} />
      ) : (
        <p className="chart muted">The first epoch draws it.</p>
      )}
    </section>
  );
}

const SIDES: Record<string, string> = { train: "learned from", val: "validated on", test: "held out" };

function Splits({ splits, project }: { splits: Run["snapshot"]["splits"]; project: Project }) {
  const names = new Set(Object.values(splits).flatMap((row) => Object.keys(row)));
  const sides = Object.entries(SIDES).filter(([side]) => splits[side]);
  return (
    <Scroll label="Data">
      <table>
        <thead>
          <tr>
            <td />
            {sides.map(([side, text]) => (
              <th key={side} className="number">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {inOrderOf(project, [...names]).map((category) => (
            <tr key={category}>
              <td>{category}</td>
              {sides.map(([side]) => (
                <td key={side} className="number">
                  {grouped(splits[side]?.[category] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Params({ params }: { params: Run["params"] }) {
  return (
    <dl className="facts small">
      {Object.entries(params).map(([name, value]) => (
        <div key={name}>
          <dt className="muted">{name.replaceAll("_", " ")}</dt>
          <dd className="number break">
            {typeof value === "string" ? value.replaceAll("_", " ") : JSON.stringify(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Log({ text }: { text: string }) {
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [text]);
  if (!text) return <p className="muted">Nothing yet.</p>;
  return (
    <pre className="log" ref={end} tabIndex={0} aria-label="Log">
      {text}
    </pre>
  );
}
