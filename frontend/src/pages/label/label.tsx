import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useParams } from "react-router";
import { Problem } from "../../api/client";
import { projectQuery } from "../../api/queries";
import { ErrorNote } from "../../parts/notes";
import { NoProject } from "../project";
import { Screen } from "./screen";
import "../../styles/label.css";

// Each in a file of its own, which the page's first script fetches where it is needed.
const Boxes = lazy(() => import("./boxes/screen"));
const Mattes = lazy(() => import("./mattes/screen"));

export default function Label() {
  const { data: project, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  if (error instanceof Problem && error.status === 404) return <NoProject />;
  if (error && !project) {
    return (
      <main className="page">
        <ErrorNote error={error} retry={() => void refetch()} />
      </main>
    );
  }
  const empty = <main className="lab" aria-busy="true" />;
  if (!project) return empty;
  if (project.kind === "classification") return <Screen key={project.id} project={project} />;
  return (
    <Suspense fallback={empty}>
      {project.kind === "matting" ? (
        <Mattes key={project.id} project={project} />
      ) : (
        <Boxes key={project.id} project={project} />
      )}
    </Suspense>
  );
}
