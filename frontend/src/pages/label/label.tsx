import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { Problem } from "../../api/client";
import { projectQuery } from "../../api/queries";
import { ErrorNote } from "../../parts/notes";
import { NoProject } from "../project";
import { Screen } from "./screen";
import "../../styles/label.css";

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
  return project ? <Screen key={project.id} project={project} /> : <main className="lab" aria-busy="true" />;
}
