import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { api, need } from "../api/client";
import { ErrorNote, percent, Skeleton } from "../parts/ui";
import type { Metrics } from "./metrics";
import { useProject } from "./project";

export default function Compare() {
  const project = useProject();
  const [params] = useSearchParams();
  const [a, b] = [Number(params.get("a")), Number(params.get("b"))];
  const path = { id: project.id };
  const { data, error, refetch } = useQuery({ queryKey: ["compare", a, b], queryFn: () => need(api.GET("/api/projects/{id}/models/compare/", { params: { path, query: { a, b } } })) });
  const models = useQuery({ queryKey: ["models", project.id], queryFn: () => need(api.GET("/api/projects/{id}/models/", { params: { path } })) });
  const name = (id: number) => {
    const model = models.data?.results.find((one) => one.id === id);
    return model ? `${model.model} ${model.number}` : `version ${id}`;
  };
  if (error) return <main className="page"><ErrorNote error={error} retry={() => void refetch()} /></main>;
  if (!data) return <main className="page"><Skeleton lines={5} /></main>;
  const [first, second] = [data.a_metrics as unknown as Metrics, data.b_metrics as unknown as Metrics];
  const difference = data.difference.macro_f1;
  const rows: [string, number, number][] = [
    ["Macro-F1", first.macro_f1, second.macro_f1], ["Accuracy", first.accuracy, second.accuracy], ["Calibration error", first.calibration.ece, second.calibration.ece],
    ...Object.keys(first.per_class).map((category): [string, number, number] => [`F1 of ${category}`, first.per_class[category]?.f1 ?? 0, second.per_class[category]?.f1 ?? 0]),
  ];
  const points = (value: number) => `${value >= 0 ? "+" : "−"}${Math.abs(value * 100).toFixed(1)}`;
  return (
    <main className="page">
      <h1>{name(a)} and {name(b)}</h1>
      {data.count === 0 ? <p className="note warn">There is no held-out image that both have answered. Promote one, or pre-label, and they will be scored.</p> : (
        <>
          <section className="panel stack"><p>On the same {data.count} held-out images.{difference && <> Difference in macro-F1: <b className="number">{points(difference.value)}</b> points (95 % interval {points(difference.low)} to {points(difference.high)}){difference.low <= 0 && difference.high >= 0 ? ", which may be chance." : "."}</>}</p>
            <div className="scroll"><table><thead><tr><th /><th className="number">{name(a)}</th><th className="number">{name(b)}</th><th className="number">Difference</th></tr></thead><tbody>
              {rows.map(([text, one, two]) => <tr key={text}><td>{text}</td><td className="number">{percent(one, 1)}</td><td className="number">{percent(two, 1)}</td><td className="number">{points(one - two)}</td></tr>)}
            </tbody></table></div></section>
          <section className="panel stack"><h2>Where they differ</h2>
            {!data.images.length && <p className="muted">Nowhere.</p>}
            <div className="grid">{data.images.slice(0, 60).map((row) => <Link key={row.image} className="tile" to={`/projects/${project.id}/images/${row.image}`}><img src={`/api/images/${row.image}/thumbnail/`} alt="" loading="lazy" /><span className="label" style={{ display: "grid", gap: 0 }}><span>is {row.truth}</span><span className="muted">{name(a)}: {row.a ?? "nothing"}</span><span className="muted">{name(b)}: {row.b ?? "nothing"}</span></span></Link>)}</div>
          </section>
        </>
      )}
    </main>
  );
}
