import { api, need, type Schemas } from "./client";

/** Calls that send files: the generated client, with a form instead of JSON. */

export async function sendImages(
  project: number,
  files: readonly { file: File; name: string; group: string }[],
  signal: AbortSignal,
): Promise<Schemas["UploadAnswer"]> {
  const form = new FormData();
  if (files[0]?.group) form.append("group", files[0].group);
  files.forEach(({ file, name }) => form.append("files", file, name));
  const params = { path: { id: project } };
  return need(
    api.POST("/api/projects/{id}/images/", {
      params,
      body: { files: [] },
      bodySerializer: () => form,
      signal,
    }),
  );
}

export async function predict(project: number, image: File): Promise<Schemas["PredictAnswer"]> {
  const form = new FormData();
  form.append("image", image);
  const params = { path: { id: project } };
  // Of matting it could be a picture, for who asks for one.
  return need(
    api.POST("/api/projects/{id}/predict/", { params, body: { image: "" }, bodySerializer: () => form }),
  ) as Promise<Schemas["PredictAnswer"]>;
}

/** The foreground of an image alone, by the version in production: an RGBA PNG. */
export async function cutOut(project: number, image: File): Promise<Blob> {
  const form = new FormData();
  form.append("image", image);
  const params = { path: { id: project }, query: { cutout: true } };
  return need(
    api.POST("/api/projects/{id}/predict/", {
      params,
      body: { image: "" },
      bodySerializer: () => form,
      headers: { Accept: "image/png" },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;
}
