import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Job, need } from "../../api/client";
import { isFinished, jobQuery } from "../../api/queries";
import { asked, type Choice, FIRST_CHOICE, type Look } from "./taking";
import { useSending } from "./use-sending";

type Seen = { look: Look; job: number };

/** A video on its way: sent, looked at, looked at again when its tiles are wanted, and begun to be imported. */
export function useVideo(project: number) {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const { sending, send: sendFile, cancel } = useSending(project);
  const [preview, setPreview] = useState<Job | null>(null);
  const [before, setBefore] = useState<Seen | null>(null); // what is shown while it is looked at again
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const looked = useQuery({ ...jobQuery(preview?.id ?? 0), enabled: preview !== null });
  const row = preview && (looked.data ?? preview);
  const seen =
    row?.state === "succeeded" ? { look: row.result as unknown as Look, job: row.id } : preview && before;

  const send = async (file: File) => {
    setError(null);
    setPreview(null);
    setBefore(null);
    setChoice({ ...choice, start: "", end: "", group: "" });
    try {
      setPreview(await sendFile("video", file, { preview: "true", split_gallery: String(choice.split) }));
    } catch (problem) {
      setError(problem);
    }
  };
  const start = async (fields: Choice, looking: boolean) => {
    const numbers = seen && asked(fields, seen.look.duration);
    if (!seen || !numbers || typeof numbers === "string") return;
    setBusy(true);
    setError(null);
    const { group, split } = fields;
    const body = { video: seen.look.file, group, split_gallery: split, preview: looking, ...numbers };
    const params = { path: { id: project } };
    try {
      const made = await need(api.POST("/api/projects/{id}/imports/", { params, body }));
      if (looking) {
        setBefore(seen);
        setPreview(made);
      } else setJob(made);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const change = (fields: Choice) => {
    setChoice(fields);
    // The tiles are the server's to find; everything else is reckoned here.
    if (fields.split !== choice.split) void start({ ...fields, start: "", end: "", fps: "1" }, true);
  };
  return {
    choice,
    change,
    sending,
    send,
    cancel,
    seen,
    job,
    error: error ?? looked.error,
    looking: row !== null && !isFinished(row.state),
    failed: row?.state === "failed" ? row.errors[0]?.reason : undefined,
    busy,
    take: () => void start(choice, false),
  };
}
