import { useQuery } from "@tanstack/react-query";
import { api, need } from "../../api/client";
import { isFinished } from "../../api/queries";

const MOST = 3;

/**
 * The imports that ran when the page was opened, or had ended before their time and can go on: those whose parameters
 * have `field`, the newest first.
 */
export function useEarlier(project: number, field: string) {
  const { data } = useQuery({
    queryKey: ["jobs", project, "earlier"],
    queryFn: () =>
      need(
        api.GET("/api/projects/{id}/jobs/", { params: { path: { id: project }, query: { kind: "import" } } }),
      ),
    // Once, whenever the page is opened: a line stays when its job ends.
    staleTime: Infinity,
    gcTime: 0,
  });
  return (data?.results ?? [])
    .filter((job) => field in job.params && (job.resumable || !isFinished(job.state)))
    .slice(0, MOST);
}
