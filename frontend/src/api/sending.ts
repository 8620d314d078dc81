import { type Job, Problem, problemOf } from "./client";
import { csrfToken } from "./cookies";

export type Sent = (bytes: number, total: number) => void;

/** Sends one large file to a project's imports; `sent` hears how far it is, which `fetch` would not tell. */
export function sendImport(project: number, form: FormData, sent: Sent, signal: AbortSignal): Promise<Job> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/projects/${project}/imports/`);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.responseType = "json";
    request.upload.onprogress = (event) => sent(event.loaded, event.total);
    request.onload = () => {
      if (request.status === 202) resolve(request.response as Job);
      else reject(problemOf(request.status, request.response));
    };
    request.onerror = () =>
      reject(new Problem(0, "The upload broke off. Check the network, and send the file again."));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
