import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { api, type Job, need } from "../api/client";

export const FINISHED = ["succeeded", "failed", "cancelled"];

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  return (
    <div className="note bad row between" role="alert">
      <span>{error instanceof Error ? error.message : String(error)}</span>
      {retry && <button className="button small" onClick={retry}>Try again</button>}
    </div>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return <div className="stack" aria-busy="true" aria-label="Loading">{Array.from({ length: lines }, (_, n) => <div key={n} className="skeleton" />)}</div>;
}

export function Bar({ value, total, label }: { value: number; total: number; label: string }) {
  const share = total ? Math.min(1, value / total) : 0;
  return <div className="bar" role="progressbar" aria-label={label} aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100}><i style={{ width: `${share * 100}%` }} /></div>;
}

export function Dot({ color }: { color?: string }) {
  return <span className="dot" aria-hidden style={color ? ({ "--c": color } as React.CSSProperties) : undefined} />;
}

/** A dialog over the page: Escape and a click outside close it, and the focus stays inside. */
export function Sheet({ title, close, broad, children }: { title: string; close: () => void; broad?: boolean; children: ReactNode }) {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    return () => before?.focus();
  }, []);
  const keys = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key !== "Tab" || !panel.current) return;
    const inside = [...panel.current.querySelectorAll<HTMLElement>("a[href],button:not(:disabled),input,select,textarea")];
    const edge = event.shiftKey ? inside[0] : inside.at(-1);
    if (document.activeElement === edge || document.activeElement === panel.current) {
      event.preventDefault();
      (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
    }
  };
  return (
    <div className="sheet" onMouseDown={(event) => event.target === event.currentTarget && close()} onKeyDown={keys}>
      <div className={`panel${broad ? " broad" : ""}`} role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} ref={panel}>
        <div className="row between"><h2>{title}</h2><button className="button quiet small" onClick={close} aria-label="Close">✕</button></div>
        {children}
      </div>
    </div>
  );
}

export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return <button type="button" className="button small" onClick={() => void copy()}>{copied ? "Copied" : "Copy"}</button>;
}

/** A job's row, asked for each second while it runs and the page is seen. */
export function useJob(id: number | null) {
  return useQuery({
    queryKey: ["job", id],
    enabled: id !== null,
    queryFn: () => need(api.GET("/api/jobs/{id}/", { params: { path: { id: id ?? 0 } } })),
    refetchInterval: (query) => (query.state.data && FINISHED.includes(query.state.data.state) ? false : 1000),
  });
}

export function JobLine({ job, what, ended }: { job: Job; what: string; ended?: (job: Job) => void }) {
  const { data = job, refetch } = useJob(job.id);
  const over = FINISHED.includes(data.state);
  const told = useRef(FINISHED.includes(job.state));
  useEffect(() => {
    if (over && !told.current) ended?.(data);
    told.current = over;
  }, [over, data, ended]);
  const cancel = async () => {
    await api.POST("/api/jobs/{id}/cancel/", { params: { path: { id: job.id } } });
    void refetch();
  };
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row between">
        <span>{what} <span className={`badge ${data.state === "succeeded" ? "good" : data.state === "failed" ? "bad" : ""}`}>{data.state}</span></span>
        <span className="row tight">
          <span className="muted number">{data.done} / {data.total}</span>
          {!over && <button className="button small" onClick={() => void cancel()} disabled={data.cancel_requested}>{data.cancel_requested ? "Cancelling" : "Cancel"}</button>}
        </span>
      </div>
      {!over && <Bar value={data.done} total={data.total} label={what} />}
      {data.errors.length > 0 && (
        <details><summary className="small">{data.errors.length} {data.errors.length === 1 ? "error" : "errors"}</summary>
          <ul className="list small">{data.errors.slice(0, 50).map((row, n) => <li key={n}><b>{row.item}</b>: {row.reason}</li>)}</ul>
        </details>
      )}
    </div>
  );
}

export function percent(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "–" : `${(value * 100).toFixed(digits)} %`;
}

export function when(iso: string | null | undefined): string {
  return iso ? new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "–";
}
