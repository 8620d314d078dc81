import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { projectQuery } from "../../api/queries";
import { ErrorNote } from "../../parts/notes";
import { Screen } from "./screen";
import "../../styles/label.css";

export default function Label() {
  const { data: project, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
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
  return project ? <Screen key={project.id} project={project} /> : <main className="lab" aria-busy="true" />;
}
