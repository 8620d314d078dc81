import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatches, useOutletContext, useParams } from "react-router";
import { Problem, type Project } from "../api/client";
import { projectQuery } from "../api/queries";
import { Empty, ErrorNote, Skeleton } from "../parts/notes";

/** Of a route whose page only a project's managers can use. */
export const FOR_MANAGERS = { managers: true };

export function useProject(): Project {
  return useOutletContext<Project>();
}

/** Names of categories as the project orders them; those that it has no more come last. */
export function inOrderOf(project: Project, names: readonly string[]): string[] {
  const at = new Map(project.categories.map((category, n) => [category.name, n]));
  const last = project.categories.length;
  return [...names].sort((a, b) => (at.get(a) ?? last) - (at.get(b) ?? last));
}

/** What all pages of a project need: the project itself. */
export default function ProjectLayout() {
  const closed = useMatches().some((match) => match.handle === FOR_MANAGERS);
  const { data, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  if (error instanceof Problem && error.status === 404) return <NoProject />;
  if (error && !data) {
    return (
      <main className="page">
        <ErrorNote error={error} retry={() => void refetch()} />
      </main>
    );
  }
  if (!data) return <Loading />;
  if (closed && data.role !== "manager") return <ManagersOnly project={data} />;
  return <Outlet context={data} />;
}

function Loading() {
  return (
    <main className="page">
      <Skeleton lines={3} tall />
    </main>
  );
}

function ManagersOnly({ project }: { project: Project }) {
  return <Closed project={project} who="a manager" />;
}

export function ReviewersOnly({ project }: { project: Project }) {
  return <Closed project={project} who="a reviewer or a manager" />;
}

function Closed({ project, who }: { project: Project; who: string }) {
  return (
    <main className="page">
      <Empty icon="members" title={`Only ${who} of this project can do this`}>
        <Link className="button" to={`/projects/${project.id}`}>
          Back to the project
        </Link>
      </Empty>
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
