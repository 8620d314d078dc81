import { useEffect, useRef, useState } from "react";
import type { Job } from "../../api/client";
import { sendImport } from "../../api/sending";

export type Sending = { name: string; bytes: number; total: number };

/** One large file on its way to the project's imports: another one, or leaving the page, takes its place. */
export function useSending(project: number) {
  const [sending, setSending] = useState<Sending | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  /** The job that was begun, or null where it was cancelled; throws what the server refused. */
  const send = async (way: string, file: File, fields: Record<string, string>): Promise<Job | null> => {
    stop.current.abort();
    const { signal } = (stop.current = new AbortController());
    const sent = (bytes: number, total: number) => setSending({ name: file.name, bytes, total });
    sent(0, file.size);
    const form = new FormData();
    Object.entries(fields).forEach(([name, value]) => form.append(name, value));
    form.append(way, file, file.name);
    try {
      return await sendImport(project, form, sent, signal);
    } catch (problem) {
      if (!signal.aborted) throw problem;
      return null;
    } finally {
      if (!signal.aborted) setSending(null);
    }
  };
  const cancel = () => {
    stop.current.abort();
    setSending(null);
  };
  return { sending, send, cancel };
}
