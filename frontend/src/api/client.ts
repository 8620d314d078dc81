import createClient, { type Middleware } from "openapi-fetch";
import { taken } from "./asked";
import { csrfToken } from "./cookies";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Project = Schemas["ProjectRow"];
export type ImageRow = Schemas["ImageRow"];
export type NextItem = Schemas["NextItem"];
export type Job = Schemas["JobRow"];
export type ModelVersion = Schemas["ModelRow"];
export type Run = Schemas["RunRow"];
export type Classes = Schemas["ClassesRow"];

/** What the server refuses, as its problem document says it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Called whenever the server says that nobody is signed in any more. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export function sessionEnded(): void {
  signedOut.forEach((listener) => listener());
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: "/",
  fetch: async (request) => (await taken(request)) ?? fetch(request),
});
api.use(csrf);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** What a call gives; silence is thrown as Problem, with status 0. */
export function answered<T>(call: Promise<T>): Promise<T> {
  return call.catch((fault: unknown) => {
    const late = fault instanceof DOMException && fault.name === "TimeoutError";
    if (!late && !(fault instanceof TypeError)) throw fault;
    throw new Problem(0, "The server does not answer. Check the network, and try again.");
  });
}

/** The data of an answer; a refusal is thrown as Problem, and so is silence, with status 0. */
export async function need<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answered(call);
  if (response.ok) return data as T;
  throw problemOf(response.status, error);
}

export function problemOf(status: number, error: unknown): Problem {
  if (status === 401) sessionEnded();
  const body = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const fallback =
    status >= 500
      ? "The server failed. Try again; nothing was changed."
      : `The server refused this (${status}).`;
  const detail = typeof body.detail === "string" ? body.detail : "";
  return new Problem(status, (body.errors ? spoken(detail) : detail) || fallback, body);
}

/** `page_url: It …` as people say it: "Page url: It …". */
function spoken(detail: string): string {
  return detail.replace(/^[a-z][a-z_]*(?=: )/, (name) => {
    const words = name.replaceAll("_", " ");
    return words[0]?.toUpperCase() + words.slice(1);
  });
}
