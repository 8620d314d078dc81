import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, need, type Project, type Schemas } from "../api/client";
import { grouped, modelName, percent, plural } from "../parts/format";
import { Dot, ErrorNote, Skeleton } from "../parts/notes";
import { lastDays } from "./days";
import { GoldRecord } from "./gold-record";
import { inOrderOf } from "./project";
import { Scroll } from "../parts/scroll";

type Statistics = Schemas["StatisticsRow"];

const SPLITS: Record<string, string> = {
  train: "Learned from",
  val: "Validated on",
  test: "Held out",
  "": "No split yet",
};
const DAYS = 30;

/** How the work goes: labels a day, what pre-labels save, how often they hold, how the categories spread. */
export function Work({ project }: { project: Project }) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { data, error, refetch } = useQuery({
    queryKey: ["statistics", project.id],
    queryFn: () =>
      need(
        api.GET("/api/projects/{id}/statistics/", {
          params: { path: { id: project.id }, query: { timezone } },
        }),
      ),
    refetchInterval: 60_000,
  });
  return (
    <>
      <div className="two even">
        <section className="panel stack">
          <h2>Labels a day</h2>
          <ErrorNote error={error} retry={() => void refetch()} />
          {data ? <Days days={data.days} /> : !error && <Skeleton lines={3} />}
        </section>
        <section className="panel stack">
          <h2>Seconds an image</h2>
          {data ? <Seconds seconds={data.seconds} what="image" /> : !error && <Skeleton lines={3} />}
          {data && project.kind === "detection" && (
            <>
              <h2>Seconds a box</h2>
              <Seconds seconds={data.region_seconds} what="box" />
            </>
          )}
        </section>
      </div>
      <div className="two even">
        <section className="panel stack">
          <h2>Pre-labels accepted</h2>
          {data ? (
            <Accepted project={project} rows={data.accepted} drawn={data.drawn} />
          ) : (
            !error && <Skeleton lines={2} />
          )}
        </section>
        <section className="panel stack">
          <div className="row between">
            <h2>{BY_SPLIT[project.kind]}</h2>
            {project.role !== "labeler" && project.kind === "classification" && (
              <Link className="small" to={`/projects/${project.id}/label-errors`}>
                Label errors
              </Link>
            )}
          </div>
          {data ? <Balance project={project} rows={data.balance} /> : !error && <Skeleton lines={2} />}
        </section>
      </div>
      {data?.gold && (data.gold.length > 0 || Boolean(project.gold_every)) && (
        <section className="panel stack">
          <div className="row between">
            <h2>Gold images</h2>
            <Link className="small" to={`/projects/${project.id}/images?gold=1`}>
              Show them
            </Link>
          </div>
          <GoldRecord project={project} rows={data.gold} />
        </section>
      )}
    </>
  );
}

const HEIGHT = 72;
const BY_SPLIT: Record<Project["kind"], string> = {
  classification: "Categories by split",
  detection: "Boxes by split",
  matting: "Mattes by split",
};

function Days({ days }: { days: Statistics["days"] }) {
  const bars = lastDays(days, DAYS, new Date());
  const most = Math.max(...bars.map((bar) => bar.labels));
  const total = bars.reduce((sum, bar) => sum + bar.labels, 0);
  const today = bars[bars.length - 1]?.labels ?? 0;
  const said = `${grouped(today)} today, ${grouped(total)} in ${DAYS} days, ${grouped(most)} on the best day`;
  if (!total) return <p className="muted">None in the last {DAYS} days.</p>;
  return (
    <>
      <svg
        className="days"
        viewBox={`0 0 ${DAYS * 10} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={said}
      >
        {bars.map((bar, n) => {
          const height = Math.max(bar.labels ? 2 : 1, (bar.labels / most) * HEIGHT);
          return (
            <rect
              key={bar.day}
              className={bar.labels ? "" : "none"}
              x={n * 10 + 1}
              width={8}
              y={HEIGHT - height}
              height={height}
            >
              <title>{`${bar.day}: ${plural(bar.labels, "label")}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className="muted small number">{said}.</p>
    </>
  );
}

function Seconds({ seconds, what }: { seconds: Statistics["seconds"]; what: "image" | "box" }) {
  const { a, b, a_count, b_count, difference, low, high } = seconds;
  if (a === null && b === null) return <p className="muted">No time has been measured yet.</p>;
  const figures = [
    ["with a pre-label", a, a_count],
    ["without one", b, b_count],
  ] as const;
  return (
    <>
      <div className="figures">
        {figures.map(([name, value, count]) => (
          <div key={name} className="figure">
            <b className="number">{value === null ? "–" : `${value.toFixed(1)} s`}</b>
            <span className="muted small">
              {name}, <span className="number">{plural(count, "label")}</span>
            </span>
          </div>
        ))}
      </div>
      <p className="muted small number">{verdict(difference, low, high, what)}</p>
    </>
  );
}

function verdict(
  difference: number | null,
  low: number | null,
  high: number | null,
  what: "image" | "box",
): string {
  if (difference === null || low === null || high === null) {
    return "Ten labels of each sort are needed to compare them.";
  }
  const [least, most] = [low, high].map(Math.abs).sort((one, other) => one - other) as [number, number];
  const interval = `95 % interval ${least.toFixed(1)} to ${most.toFixed(1)} s`;
  const each = what === "box" ? "a box" : "an image";
  const much = `${Math.abs(difference).toFixed(1)} s`;
  if (high < 0) return `Pre-labels save ${much} ${each} (${interval}), by medians of the newest labels.`;
  if (low > 0) return `Pre-labels cost ${much} ${each} (${interval}), by medians of the newest labels.`;
  return `No difference can be told yet (95 % interval ${low.toFixed(1)} to +${high.toFixed(1)} s).`;
}

type AcceptedProps = { project: Project; rows: Statistics["accepted"]; drawn: number };

function Accepted({ project, rows, drawn }: AcceptedProps) {
  // Of one category an image, what was not accepted was corrected.
  const several = project.kind !== "classification";
  const [one, many] = project.kind === "matting" ? ["matte", "mattes"] : ["box", "boxes"];
  const own = several && drawn > 0 && (
    <p className="muted small number">{plural(drawn, one, many)} drawn where no model had said one.</p>
  );
  if (!rows.length) return own || <p className="muted">No pre-label has been answered yet.</p>;
  return (
    <>
      <Scroll label="Pre-labels accepted">
        <table>
          <thead>
            <tr>
              <th>Version</th>
              <th className="number">Accepted</th>
              {several && <th className="number">Corrected</th>}
              <th className="number">Shown</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 6).map((row) => (
              <tr key={row.model_version}>
                <td>
                  <Link to={`/projects/${project.id}/models/${row.model_version}`}>
                    {row.model && row.number
                      ? modelName({ model: row.model, number: row.number })
                      : "version"}
                  </Link>
                </td>
                <td className="number">{percent(row.accepted / row.shown)}</td>
                {several && <td className="number">{percent(row.corrected / row.shown)}</td>}
                <td className="number">{grouped(row.shown)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {own}
    </>
  );
}

function Balance({ project, rows }: { project: Project; rows: Statistics["balance"] }) {
  if (!rows.length) return <p className="muted">Nothing is labeled yet.</p>;
  const splits = Object.keys(SPLITS).filter((split) => rows.some((row) => row.split === split));
  const of = (split: string) => rows.find((row) => row.split === split)?.categories ?? {};
  const names = inOrderOf(project, [...new Set(rows.flatMap((row) => Object.keys(row.categories)))]);
  const colors = new Map(project.categories.map((category) => [category.name, category.color]));
  return (
    <Scroll label="Categories by split">
      <table>
        <thead>
          <tr>
            <th>{project.kind === "matting" ? "Label" : "Category"}</th>
            {splits.map((split) => (
              <th key={split} className="number">
                {SPLITS[split]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>
                <span className="row tight still">
                  <Dot color={colors.get(name)} /> {name}
                </span>
              </td>
              {splits.map((split) => (
                <td key={split} className="number">
                  {grouped(of(split)[name] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
