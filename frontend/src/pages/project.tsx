import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useOutletContext, useParams } from "react-router";
import type { Project } from "../api/client";
import { projectQuery } from "../api/queries";
import { ErrorNote, Skeleton } from "../parts/notes";

export function useProject(): Project {
  return useOutletContext<Project>();
}

/** What all pages of a project need: the project itself. */
export default function ProjectLayout() {
  const { data, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  if (error) {
    return (
      <main className="page">
        <ErrorNote error={error} retry={() => void refetch()} />
        <p>
          <Link to="/">All projects</Link>
        </p>
      </main>
    );
  }
  if (!data) return <Loading />;
  return <Outlet context={data} />;
}

function Loading() {
  return (
    <main className="page">
      <Skeleton lines={3} tall />
    </main>
  );
}
