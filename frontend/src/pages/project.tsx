import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useOutletContext, useParams } from "react-router";
import { Problem, type Project } from "../api/client";
import { projectQuery } from "../api/queries";
import { Empty, ErrorNote, Skeleton } from "../parts/notes";

export function useProject(): Project {
  return useOutletContext<Project>();
}

/** What all pages of a project need: the project itself. */
export default function ProjectLayout() {
  const { data, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  if (error instanceof Problem && error.status === 404) return <NoProject />;
  if (error) {
    return (
      <main className="page">
        <ErrorNote error={error} retry={() => void refetch()} />
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

/** Said of another's project, too: who is no member learns nothing of it. */
export function NoProject() {
  return (
    <main className="page">
      <Empty
        icon="projects"
        title="There is no such project"
        text="Or you are not a member of it: ask its manager."
      >
        <Link className="button" to="/">
          All projects
        </Link>
      </Empty>
    </main>
  );
}
