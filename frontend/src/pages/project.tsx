import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { Link, NavLink, Outlet, useOutletContext, useParams } from "react-router";
import { api, need, type Project } from "../api/client";
import { ErrorNote, Skeleton } from "../parts/ui";

const TABS = [["", "Overview"], ["images", "Images"], ["import", "Import"], ["models", "Models"], ["members", "Members"], ["settings", "Settings"], ["api", "API"]] as const;
const MANAGERS = new Set(["import", "settings"]);

export function useProject(): Project {
  return useOutletContext<Project>();
}

export default function ProjectLayout() {
  const id = Number(useParams().project);
  const { data, error, refetch } = useQuery({ queryKey: ["project", id], queryFn: () => need(api.GET("/api/projects/{id}/", { params: { path: { id } } })) });
  if (error) return <main className="page"><ErrorNote error={error} retry={() => void refetch()} /><p><Link to="/">All projects</Link></p></main>;
  if (!data) return <main className="page"><Skeleton /></main>;
  return (
    <div>
      <nav className="tabs" aria-label={data.name}>
        {TABS.filter(([path]) => data.role === "manager" || !MANAGERS.has(path)).map(([path, text]) => <NavLink key={path} to={`/projects/${id}${path ? `/${path}` : ""}`} end={!path}>{text}</NavLink>)}
      </nav>
      <Suspense fallback={<main className="page"><Skeleton /></main>}><Outlet context={data} /></Suspense>
    </div>
  );
}
