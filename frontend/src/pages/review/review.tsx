import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { Problem } from "../../api/client";
import { projectQuery } from "../../api/queries";
import { ErrorNote } from "../../parts/notes";
import { NoProject, ReviewersOnly } from "../project";
import { ReviewScreen } from "./screen";
import type { Of } from "./use-review";
import "../../styles/label.css";

export default function Review() {
  const { data: project, error, refetch } = useQuery(projectQuery(Number(useParams().project)));
  // An image's own page leads here, to that image.
  const [params, setParams] = useSearchParams();
  const image = Number(params.get("image")) || undefined;
  const [of, setOf] = useState<Of>(params.get("of") === "labeled" ? "labeled" : "in_review");
  const change = (next: Of) => {
    setOf(next);
    setParams({}, { replace: true });
  };
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
  return <ReviewScreen key={`${project.id} ${of}`} project={project} of={of} setOf={change} image={image} />;
}
