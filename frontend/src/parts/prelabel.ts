import { useState } from "react";
import { api, type Job, need } from "../api/client";

/** Has the version in production look at images: those that are open, or all, also the ones that are labeled. */
export function usePrelabel(project: number) {
  const [job, setJob] = useState<Job | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);
  const start = async (which: "unlabeled" | "all") => {
    setAsking(true);
    setRefused(null);
    const body = which === "all" ? {} : { filter: { status: which } };
    const params = { path: { id: project } };
    await need(api.POST("/api/projects/{id}/predictions/", { params, body })).then(setJob, setRefused);
    setAsking(false);
  };
  return { job, refused, asking, start };
}
