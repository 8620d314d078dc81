import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, need, type Project } from "../api/client";
import { Bar, Dot, ErrorNote, Skeleton } from "../parts/ui";

const list = (deleted: boolean) => need(api.GET("/api/projects/", { params: { query: { deleted } } }));

export function Projects() {
  const { data, error, refetch } = useQuery({ queryKey: ["projects"], queryFn: () => list(false) });
  return (
    <main className="page">
      <div className="row between"><h1>Projects</h1><Link className="button primary" to="/projects/new">New project</Link></div>
      <ErrorNote error={error} retry={() => void refetch()} />
      {!data && !error && <Skeleton />}
      {data?.results.length === 0 && (
        <div className="empty"><h2>No project yet</h2><p>A project holds images, the categories that people give them, and the models that learn from it.</p>
          <Link className="button primary" to="/projects/new">Make the first one</Link></div>
      )}
      <div className="cards">{data?.results.map((project) => <Card key={project.id} project={project} />)}</div>
      <Deleted />
    </main>
  );
}

function Card({ project }: { project: Project }) {
  const { counts } = project;
  const done = counts.total - counts.unlabeled;
  return (
    <Link className="card" to={`/projects/${project.id}`}>
      <div className="row between"><h2>{project.name}</h2><span className="badge">{project.role}</span></div>
      <div className="row tight small muted">{project.categories.slice(0, 6).map((category) => <span key={category.id} className="row tight"><Dot color={category.color} />{category.name}</span>)}</div>
      <Bar value={done} total={counts.total} label={`Labeled images of ${project.name}`} />
      <span className="muted number small">{done.toLocaleString()} of {counts.total.toLocaleString()} images labeled</span>
    </Link>
  );
}

function Deleted() {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({ queryKey: ["projects", "deleted"], queryFn: () => list(true), enabled: open });
  const restore = async (id: number) => {
    await api.POST("/api/projects/{id}/restore/", { params: { path: { id } } });
    void client.invalidateQueries({ queryKey: ["projects"] });
  };
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="muted small">Deleted projects</summary>
      <ul className="list" style={{ marginTop: 8 }}>
        {data?.results.map((project) => <li key={project.id} className="row">{project.name}<button className="button small" onClick={() => void restore(project.id)}>Restore</button></li>)}
        {data?.results.length === 0 && <li className="muted small">None.</li>}
      </ul>
    </details>
  );
}
