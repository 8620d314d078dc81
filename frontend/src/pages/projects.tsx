import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, need, type Project } from "../api/client";
import { Icon } from "../parts/icon";
import { Bar, Empty, ErrorNote, PageHead, Skeleton } from "../parts/notes";
import { Categories } from "./categories";
import { grouped, when } from "../parts/format";

const list = (deleted: boolean) => need(api.GET("/api/projects/", { params: { query: { deleted } } }));

export default function Projects() {
  const { data, error, refetch } = useQuery({ queryKey: ["projects"], queryFn: () => list(false) });
  const make = (text: string) => (
    <Link className="button primary" to="/projects/new">
      <Icon name="plus" /> {text}
    </Link>
  );
  return (
    <main className="page">
      <PageHead title="Projects">{Boolean(data?.results.length) && make("New project")}</PageHead>
      <ErrorNote error={error} retry={() => void refetch()} />
      {!data && !error && <Skeleton lines={2} tall />}
      {data?.results.length === 0 && (
        <Empty
          icon="projects"
          title="No project yet"
          text="A project holds images, the categories that people give them, and the models that learn from it."
        >
          {make("Make the first one")}
        </Empty>
      )}
      <div className="cards">
        {data?.results.map((project) => (
          <Card key={project.id} project={project} />
        ))}
      </div>
      {data && <Deleted />}
    </main>
  );
}

function Card({ project }: { project: Project }) {
  const { counts } = project;
  const done = counts.total - counts.unlabeled;
  return (
    <Link className="card" to={`/projects/${project.id}`}>
      <div className="row between still">
        <h2 className="clip">{project.name}</h2>
        <span className="badge">{project.role}</span>
      </div>
      <div className="row small muted card-categories">
        <Categories project={project} most={6} />
      </div>
      <Bar value={done} total={counts.total} label={`Labeled images of ${project.name}`} />
      <span className="muted number small">
        {grouped(done)} of {grouped(counts.total)} images labeled
      </span>
    </Link>
  );
}

function Deleted() {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { data } = useQuery({
    queryKey: ["projects", "deleted"],
    queryFn: () => list(true),
    enabled: open,
  });
  const restore = async (id: number) => {
    setError(null);
    await need(api.POST("/api/projects/{id}/restore/", { params: { path: { id } } })).catch(setError);
    void client.invalidateQueries({ queryKey: ["projects"] });
  };
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="muted small">Deleted projects</summary>
      <ErrorNote error={error} />
      <ul className="list deleted">
        {data?.results.map((project) => (
          <li key={project.id} className="row between">
            <span className="stack close">
              <span className="break">{project.name}</span>
              <span className="muted small number">
                {when(project.deleted)}
                {project.deleted_by && `, by ${project.deleted_by}`}
              </span>
            </span>
            <button
              className="button small"
              onClick={() => void restore(project.id)}
              aria-label={`Restore ${project.name}`}
            >
              Restore
            </button>
          </li>
        ))}
        {data?.results.length === 0 && <li className="muted small">None.</li>}
      </ul>
    </details>
  );
}
