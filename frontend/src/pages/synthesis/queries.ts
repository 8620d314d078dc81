import { queryOptions } from "@tanstack/react-query";
import { api, need, type Schemas } from "../../api/client";
import { isFinished } from "../../api/queries";

export type Batch = Schemas["BatchRow"];
export type BatchDetail = Schemas["BatchDetailRow"];
export type Made = Schemas["MadePicture"];
export type Options = Schemas["SynthesisOptions"];

const WATCHED = 1500; // milliseconds between looks at what is at work
const A_PICTURE = 5; // more of them for each picture that an answer holds

export const batchesQuery = (project: number) =>
  queryOptions({
    queryKey: ["synthesis", project],
    queryFn: () => need(api.GET("/api/projects/{id}/synthesis/", { params: { path: { id: project } } })),
    refetchInterval: (query) =>
      query.state.data?.results.some(({ state }) => !isFinished(state)) ? WATCHED : false,
  });

export const batchQuery = (id: number) =>
  queryOptions({
    queryKey: ["synthesis-batch", id],
    queryFn: () => need(api.GET("/api/synthesis/batches/{id}/", { params: { path: { id } } })),
    refetchInterval: ({ state: { data } }) =>
      data && isFinished(data.state) ? false : WATCHED + (data?.images.length ?? 0) * A_PICTURE,
  });

export const synthesisOptionsQuery = (project: number) =>
  queryOptions({
    queryKey: ["synthesis-options", project],
    queryFn: () =>
      need(api.GET("/api/projects/{id}/synthesis/options/", { params: { path: { id: project } } })),
    staleTime: 0,
  });

export const sceneModelsQuery = (project: number) =>
  queryOptions({
    queryKey: ["scene-models", project],
    queryFn: () => need(api.GET("/api/projects/{id}/scene-models/", { params: { path: { id: project } } })),
    refetchInterval: (query) =>
      query.state.data?.results.some(({ state }) => state === "pending") ? WATCHED : false,
  });

export const pictureUrl = (id: number) => `/api/synthesis/pictures/${id}/file/`;
export const smallUrl = (id: number) => `/api/synthesis/pictures/${id}/thumbnail/`;

const WHAT: Record<Batch["generator"], string> = {
  blender: "renders",
  stylegan2: "new pictures",
  translation: "translations",
};

/** "Batch 12: 50 renders". */
export function titleOf(batch: Batch): string {
  return `Batch ${batch.id}: ${batch.count} ${WHAT[batch.generator]}`;
}
