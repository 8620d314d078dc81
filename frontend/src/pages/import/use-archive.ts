import { useState } from "react";
import { api, type Job, need } from "../../api/client";
import { useSending } from "./use-sending";

export type Format = "" | "mattes" | "cutouts" | "coco" | "yolo" | "voc" | "csv" | "folders" | "label-studio";
export type Options = { format: Format; create: boolean; replace: boolean; control: string };

const controlOf = ({ format, control }: Options) => (format === "label-studio" ? control.trim() : "");

/** An archive on its way: sent once, and imported as often as its options change. */
export function useArchive(project: number) {
  const [options, change] = useState<Options>({ format: "", create: false, replace: false, control: "" });
  const { sending, send: sendFile, cancel } = useSending(project);
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);

  const send = async (file: File) => {
    setError(null);
    setJob(null);
    const { format, create, replace } = options;
    const fields = {
      format, create_categories: String(create), replace: String(replace), control: controlOf(options),
    }; // prettier-ignore
    try {
      setJob(await sendFile("archive", file, fields));
    } catch (problem) {
      setError(problem);
    }
  };
  const again = async () => {
    if (!job) return;
    const { format, create, replace } = options;
    const body = {
      archive: Number(job.params.file), format, create_categories: create, replace, group: "", control: controlOf(options),
    }; // prettier-ignore
    try {
      setError(null);
      setJob(
        await need(api.POST("/api/projects/{id}/imports/", { params: { path: { id: project } }, body })),
      );
    } catch (problem) {
      setError(problem);
    }
  };
  return { options, change, sending, job, error, send, again, cancel };
}
