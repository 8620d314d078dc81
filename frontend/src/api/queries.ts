import { queryOptions } from "@tanstack/react-query";
import { api, need } from "./client";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => need(api.GET("/api/session/")),
  staleTime: Infinity,
});

/** What several pages ask for, under one key each. */
export const projectQuery = (id: number) =>
  queryOptions({
    queryKey: ["project", id],
    queryFn: () => need(api.GET("/api/projects/{id}/", { params: { path: { id } } })),
  });

export const modelsQuery = (project: number) =>
  queryOptions({
    queryKey: ["models", project],
    queryFn: () => need(api.GET("/api/projects/{id}/models/", { params: { path: { id: project } } })),
  });

/** The comments on an image that I may read. */
export const commentsQuery = (image: number) =>
  queryOptions({
    queryKey: ["comments", image],
    queryFn: () => need(api.GET("/api/images/{id}/comments/", { params: { path: { id: image } } })),
  });

const FINISHED = ["succeeded", "failed", "cancelled"];

export function isFinished(state: string): boolean {
  return FINISHED.includes(state);
}

/** A job's row, asked for each second while it runs and the page is seen. */
export const jobQuery = (id: number) =>
  queryOptions({
    queryKey: ["job", id],
    queryFn: () => need(api.GET("/api/jobs/{id}/", { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data && isFinished(query.state.data.state) ? false : 1000),
  });
