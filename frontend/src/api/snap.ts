import type { Box } from "../shapes/fit";
import { problemOf } from "./client";
import { csrfToken } from "./cookies";

const PATIENCE_MS = 8000;

/** The box of what lies at a point or in a rough box, in pixels of the image. A Problem says why there is none. */
export async function snap(
  image: number,
  about: { point: readonly [number, number] } | { box: Box },
): Promise<Box> {
  const answer = await fetch(`/api/images/${image}/snap/`, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" },
    body: JSON.stringify(about),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw problemOf(answer.status, body);
  return (body as { bbox: Box }).bbox;
}
