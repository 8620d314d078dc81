import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Job, need, type Schemas } from "../../api/client";

/** An import by the server: what begins its job, and the job until its end. */
export function useImport(project: number) {
  const client = useQueryClient();
  const [job, setJob] = useState<Job | null>(null);
  const [ended, setEnded] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  /** Whether the server took it on. */
  const begin = async (body: Schemas["ImportInputRequest"]): Promise<boolean> => {
    setError(null);
    setEnded(null);
    try {
      const params = { path: { id: project } };
      setJob(await need(api.POST("/api/projects/{id}/imports/", { params, body })));
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    }
  };
  const finished = (row: Job) => {
    setEnded(row);
    void client.invalidateQueries({ queryKey: ["project", project] });
    void client.invalidateQueries({ queryKey: ["images", project] });
  };
  return { job, ended, error, begin, finished, fail: setError };
}
