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

/** A model of one's own for scenes; `height` in metres. */
export async function sendModel(
  project: number,
  file: File,
  said: { name: string; category: string; height: number },
): Promise<Schemas["SceneModelRow"]> {
  const form = new FormData();
  form.append("file", file);
  Object.entries(said).forEach(([name, value]) => form.append(name, String(value)));
  const params = { path: { id: project } };
  const body = { file: "", ...said };
  return need(api.POST("/api/projects/{id}/scene-models/", { params, body, bodySerializer: () => form }));
}
