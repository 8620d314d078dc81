import type { CSSProperties, ReactNode } from "react";
import { Problem } from "../api/client";
import { Icon, type IconName } from "./icon";

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  return (
    <div className="note bad row between" role="alert">
      <span className="break">{error instanceof Error ? error.message : String(error)}</span>
      {retry && (
        <button type="button" className="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

type FetchedProps = { what: string; error: unknown; retry: () => void };

/** Why one thing could not be fetched; trying again brings nothing where it is not there. */
export function Fetched({ what, error, retry }: FetchedProps) {
  if (error instanceof Problem && error.status === 404) {
    return (
      <Empty icon="find" title={`There is no such ${what}`} text="It was deleted, or never was there." />
    );
  }
  return <ErrorNote error={error} retry={retry} />;
}

export function Skeleton({ lines = 3, tall }: { lines?: number; tall?: boolean }) {
  return (
    <div className="stack" aria-busy="true">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, n) => (
        <div key={n} className="skeleton" style={tall ? { minHeight: 96 } : undefined} />
      ))}
    </div>
  );
}

export function Bar({ value, total, label }: { value: number; total: number; label: string }) {
  const share = total ? Math.min(1, value / total) : 0;
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <i style={{ width: `${share * 100}%` }} />
    </div>
  );
}

/** A custom property of CSS as a style: the colour of a category. */
export function colored(color: string | undefined): CSSProperties | undefined {
  return color ? ({ "--c": color } as CSSProperties) : undefined;
}

export function Dot({ color }: { color?: string }) {
  return <span className="dot" aria-hidden style={colored(color)} />;
}

const TONES: Record<string, string> = {
  succeeded: "good",
  production: "good",
  failed: "bad",
  running: "accent",
  candidate: "accent",
};

/** The state of a job or the stage of a version. */
export function State({ state }: { state: string }) {
  return <span className={`badge ${TONES[state] ?? ""}`}>{state}</span>;
}

type HeadProps = { title: ReactNode; text?: ReactNode; children?: ReactNode };

/** A page's heading, with its actions to the right. */
export function PageHead({ title, text, children }: HeadProps) {
  return (
    <div className="page-head">
      <div className="stack close">
        <h1 className="break">{title}</h1>
        {text && <div className="muted break">{text}</div>}
      </div>
      {children && <div className="row tight">{children}</div>}
    </div>
  );
}

type EmptyProps = { icon: IconName; title: string; text?: string; children?: ReactNode };

/** What stands where nothing is yet, with the way on. */
export function Empty({ icon, title, text, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children && <div className="row">{children}</div>}
    </div>
  );
}
