import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, need } from "../api/client";
import { Picture } from "../canvas/picture";
import { Dot, ErrorNote, percent, Skeleton, when } from "../parts/ui";
import { useProject } from "./project";

export default function ImageDetail() {
  const project = useProject();
  const id = Number(useParams().image);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [refused, setRefused] = useState<unknown>(null);
  const { data, error, refetch } = useQuery({ queryKey: ["image", id], queryFn: () => need(api.GET("/api/images/{id}/", { params: { path: { id } } })) });
  if (error) return <main className="page"><ErrorNote error={error} retry={() => void refetch()} /></main>;
  if (!data) return <main className="page"><Skeleton /></main>;
  const after = () => void client.invalidateQueries({ queryKey: ["image", id] });
  const remove = async () => {
    await need(api.DELETE("/api/images/{id}/", { params: { path: { id } } })).then(() => navigate(`/projects/${project.id}/images`), setRefused);
    void client.invalidateQueries({ queryKey: ["images", project.id] });
  };
  const review = (uuid: string, verdict: "accept" | "reject") =>
    need(api.POST("/api/annotations/{uuid}/review/", { params: { path: { uuid } }, body: { verdict } })).then(after, setRefused);
  const color = (name: string) => project.categories.find((category) => category.name === name)?.color;
  const said = data.prediction?.result;
  return (
    <main className="page">
      <div className="row between"><h1 style={{ overflowWrap: "anywhere" }}>{data.name}</h1><Link className="button small" to={`/projects/${project.id}/images`}>All images</Link></div>
      <ErrorNote error={refused} />
      {data.error && <p className="note bad">This image cannot be used: {data.error}</p>}
      <div className="two">
        <div style={{ height: "min(60vh, 560px)", display: "grid", borderRadius: 12, overflow: "hidden" }}><Picture id={id} width={data.width} height={data.height} alt={data.name} evidence={said ?? null} /></div>
        <div className="stack">
          <section className="panel stack"><h2>Labels</h2>
            {data.annotations.length === 0 && <p className="muted">None yet.</p>}
            {data.annotations.map((one) => (
              <div key={one.uuid} className="stack" style={{ gap: 2, opacity: one.current ? 1 : 0.55 }}>
                <span className="row between"><span className="row tight"><Dot color={color(one.result.category)} /><b>{one.result.category}</b>{one.regions[0] && <span className="badge">{one.regions[0].origin}</span>}{one.late && <span className="badge bad">late</span>}{one.withdrawn && <span className="badge">undone</span>}</span>
                  {one.current && project.role !== "labeler" && !one.review && <span className="row tight"><button className="button small" onClick={() => void review(one.uuid, "accept")}>Accept</button><button className="button small" onClick={() => void review(one.uuid, "reject")}>Send back</button></span>}</span>
                <span className="muted small">{one.author?.username ?? "import"}, {when(one.created)}{one.lead_time_ms ? `, ${(one.lead_time_ms / 1000).toFixed(1)} s` : ""}{one.review ? `, ${one.review.verdict}ed` : ""}</span>
              </div>
            ))}
          </section>
          <section className="panel stack"><h2>Model</h2>
            {said ? <><p>{said.category ?? said.reason} <span className="muted">{percent(data.prediction?.score)}</span></p>{said.distracted && <p className="note warn">Distracted: {said.reason}</p>}</> : <p className="muted">No prediction yet.</p>}
          </section>
          <section className="panel small"><table><tbody>
            {Object.entries({ Size: `${data.width} × ${data.height}`, Status: data.status, Split: data.split || "none", Group: data.group || "none", Source: data.source_url || data.source, Imported: when(data.created) }).map(([name, value]) => <tr key={name}><td className="muted">{name}</td><td style={{ overflowWrap: "anywhere" }}>{value}</td></tr>)}
          </tbody></table></section>
          {project.role === "manager" && <div className="row end"><a className="button small" href={`/api/images/${id}/file/`}>Original</a><button className="button small danger" onClick={() => void remove()}>Delete</button></div>}
        </div>
      </div>
    </main>
  );
}
