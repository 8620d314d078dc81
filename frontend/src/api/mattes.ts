import type { Box } from "../shapes/fit";
import { answered, type Job, problemOf, type Schemas } from "./client";
import { csrfToken } from "./cookies";

const PATIENCE_MS = 15_000;

type File = { sha256: string; data: Uint8Array };

/** Gives the server a matte that a label or a solve will name. Null when it has it, else what it says; throws without a network. */
export async function uploaded({ sha256, data }: File): Promise<{ status: number; detail: string } | null> {
  const answer = await fetch("/api/mattes/", {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": "image/png" },
    body: data as Uint8Array<ArrayBuffer>,
  });
  const body = (await answer.json().catch(() => null)) as { sha256?: string; detail?: string } | null;
  if (!answer.ok) return { status: answer.status, detail: body?.detail ?? "" };
  if (body?.sha256 === sha256) return null;
  return { status: 500, detail: "The matte arrived otherwise than it was sent." };
}

/** The same, for whoever waits for it. A Problem says why not. */
export async function upload(file: File): Promise<void> {
  const refused = await answered(uploaded(file));
  if (refused) throw problemOf(refused.status, refused);
}

export type Segment = { window: Box; file: Uint8Array };

/** The soft outline of what lies at a point or in a rough box. A Problem says why there is none. */
export async function segment(
  image: number,
  about: { point: readonly number[] } | { box: Box },
): Promise<Segment> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { window, alpha } = await post<Schemas["SegmentAnswer"]>(
    `/api/images/${image}/segment/`,
    about,
    signal,
  );
  const file = Uint8Array.from(atob(alpha), (letter) => letter.charCodeAt(0));
  return { window: window as unknown as Box, file };
}

/** Begins to solve an uploaded trimap, in a window or as a whole. */
export function solve(image: number, trimap: string, window: Box | null): Promise<Job> {
  return post<Job>(`/api/images/${image}/solve/`, { trimap, window });
}

async function post<T>(path: string, said: unknown, signal?: AbortSignal): Promise<T> {
  const call = fetch(path, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" },
    body: JSON.stringify(said),
    signal,
  });
  const answer = await answered(call);
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw problemOf(answer.status, body);
  return body as T;
}
