import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { api, need, type Project, type Schemas } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { decimal, modelName, percent, plural, points, signed } from "../../parts/format";
import { ErrorNote, PageHead, Skeleton } from "../../parts/notes";
import { useProject } from "../project";
import type { DetectionMetrics } from "./detection";
import { HEADLINES } from "./headlines";
import { MATTING_ERRORS, type MattingMetrics } from "./matting";
import type { Metrics } from "./metrics";
import { Verdicts } from "./thumbs";
import { Scroll } from "../../parts/scroll";

type Answer = Schemas["CompareAnswer"];
const SHOWN = 60;

/** Two versions on the same held-out images. */
export default function Compare() {
  const project = useProject();
  const [params] = useSearchParams();
  const [a, b] = [Number(params.get("a")), Number(params.get("b"))];
  const models = useQuery(modelsQuery(project.id));
  const { data, error, refetch } = useQuery({
    queryKey: ["compare", a, b],
    queryFn: () =>
      need(
        api.GET("/api/projects/{id}/models/compare/", {
          params: { path: { id: project.id }, query: { a, b } },
        }),
      ),
  });
  const name = (id: number) => {
    const model = models.data?.results.find((one) => one.id === id);
    return model ? modelName(model) : `version ${id}`;
  };
  const names: [string, string] = [name(a), name(b)];
  return (
    <main className="page">
      <PageHead title={`${names[0]} and ${names[1]}`} text={data && sameImages(data.count)} />
      <ErrorNote error={error} retry={() => void refetch()} />
      {!data && !error && <Skeleton lines={3} tall />}
      {data?.count === 0 && (
        <p className="note warn">
          There is no held-out image that both have answered. Promote one, or pre-label with it, and they will
          be scored.
        </p>
      )}
      {data && data.count > 0 && (
        <>
          <Difference data={data} names={names} kind={project.kind} />
          <Disagreements data={data} names={names} project={project} />
        </>
      )}
    </main>
  );
}

function sameImages(count: number): string {
  return count ? `On the same ${plural(count, "held-out image")}` : "";
}

type Part = { data: Answer; names: [string, string] };

type Rows = [string, number, number][];

function matteRows(data: Answer): Rows {
  const [first, second] = [data.a_metrics, data.b_metrics] as unknown as MattingMetrics[];
  return MATTING_ERRORS.map(({ name, text }) => [text, first?.[name] ?? NaN, second?.[name] ?? NaN]);
}

const ROWS: Record<Project["kind"], (data: Answer) => Rows> = {
  classification: classRows,
  detection: boxRows,
  matting: matteRows,
};

function classRows(data: Answer): Rows {
  const [first, second] = [data.a_metrics as unknown as Metrics, data.b_metrics as unknown as Metrics];
  const f1 = (metrics: Metrics, category: string) => metrics.per_class[category]?.f1 ?? 0;
  return [
    ["Macro-F1", first.macro_f1, second.macro_f1],
    ["Accuracy", first.accuracy, second.accuracy],
    ["Calibration error", first.calibration.ece, second.calibration.ece],
    ...Object.keys(first.per_class).map((category): [string, number, number] => [
      `F1 of ${category}`,
      f1(first, category),
      f1(second, category),
    ]),
  ];
}

function boxRows(data: Answer): Rows {
  const [first, second] = [data.a_metrics, data.b_metrics] as unknown as DetectionMetrics[];
  const ap = (metrics: DetectionMetrics | undefined, category: string) =>
    metrics?.per_class[category]?.ap ?? 0;
  const figure = (text: string, name: "map" | "map50" | "precision" | "recall"): Rows[number] => [
    text,
    first?.[name] ?? 0,
    second?.[name] ?? 0,
  ];
  return [
    figure("mAP 50–95", "map"),
    figure("mAP 50", "map50"),
    figure("Precision", "precision"),
    figure("Recall", "recall"),
    ...Object.keys(first?.per_class ?? {}).map((category): Rows[number] => [
      `AP 50–95 of ${category}`,
      ap(first, category),
      ap(second, category),
    ]),
  ];
}

function Difference({ data, names, kind }: Part & { kind: Project["kind"] }) {
  const headline = HEADLINES[kind][0]!;
  const difference = data.difference[headline.name];
  const rows = ROWS[kind](data);
  // Shares are told in percent, and what lies between them in points.
  const shares = kind !== "matting";
  const [told, apart] = shares ? [(value: number) => percent(value, 1), points] : [decimal, signed];
  return (
    <section className="panel stack">
      {difference && (
        <p>
          Difference in {headline.text}: <b className="number">{apart(difference.value)}</b>
          {shares && " points"}{" "}
          <span className="muted number">
            (95 % interval {apart(difference.low)} to {apart(difference.high)})
          </span>
          {difference.low <= 0 && difference.high >= 0 ? ", which may be chance." : "."}
        </p>
      )}
      <Scroll label="Comparison">
        <table>
          <thead>
            <tr>
              <td />
              <th className="number">{names[0]}</th>
              <th className="number">{names[1]}</th>
              <th className="number">Difference</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([text, one, two]) => (
              <tr key={text}>
                <td>{text}</td>
                <td className="number">{told(one)}</td>
                <td className="number">{told(two)}</td>
                <td className="number">{apart(one - two)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Disagreements({ data, names, project }: Part & { project: Project }) {
  return (
    <section className="panel stack">
      <h2>Where they differ</h2>
      {!data.images.length && <p className="muted">Nowhere.</p>}
      <div className="grid">
        {data.images.slice(0, SHOWN).map((row) => (
          <Verdicts
            key={row.image}
            project={project.id}
            image={row.image}
            truth={row.truth}
            lines={[`${names[0]}: ${row.a ?? "nothing"}`, `${names[1]}: ${row.b ?? "nothing"}`]}
          />
        ))}
      </div>
    </section>
  );
}
