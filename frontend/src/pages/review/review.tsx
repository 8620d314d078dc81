import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { Problem } from "../../api/client";
import { projectQuery } from "../../api/queries";
import { ErrorNote } from "../../parts/notes";
import { NoProject, ReviewersOnly } from "../project";
import { ReviewScreen } from "./screen";
import type { Of } from "./use-review";
import "../../styles/label.css";

export default function Review() {
  const { data: project, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  const [of, setOf] = useState<Of>("in_review");
  if (error instanceof Problem && error.status === 404) return <NoProject />;
  if (error && !project) {
    return (
      <main className="page">
        <ErrorNote error={error} retry={() => void refetch()} />
      </main>
    );
  }
  if (!project) return <main className="lab" aria-busy="true" />;
  if (project.role === "labeler") return <ReviewersOnly project={project} />;
  return <ReviewScreen key={`${project.id} ${of}`} project={project} of={of} setOf={setOf} />;
}
