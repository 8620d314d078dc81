import { useEffect, useRef, useState } from "react";
import { api, type Job, need } from "../../api/client";
import { sendImport } from "../../api/sending";

export type Format = "" | "csv" | "folders" | "label-studio";
export type Options = { format: Format; create: boolean; replace: boolean };
export type Sending = { name: string; bytes: number; total: number };

/** An archive on its way: sent once, and imported as often as its options change. */
export function useArchive(project: number) {
  const [options, change] = useState<Options>({ format: "", create: false, replace: false });
  const [sending, setSending] = useState<Sending | null>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  const send = async (file: File) => {
    stop.current.abort();
    const { signal } = (stop.current = new AbortController());
    setError(null);
    setJob(null);
    const sent = (bytes: number, total: number) => setSending({ name: file.name, bytes, total });
    sent(0, file.size);
    const form = new FormData();
    form.append("format", options.format);
    form.append("create_categories", String(options.create));
    form.append("replace", String(options.replace));
    form.append("archive", file, file.name);
    try {
      setJob(await sendImport(project, form, sent, signal));
    } catch (problem) {
      if (!signal.aborted) setError(problem);
    }
    if (!signal.aborted) setSending(null);
  };
  const again = async () => {
    if (!job) return;
    const { format, create, replace } = options;
    const body = {
      archive: Number(job.params.file), format, create_categories: create, replace, group: "",
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
  const cancel = () => {
    stop.current.abort();
    setSending(null);
  };
  return { options, change, sending, job, error, send, again, cancel };
}
