/**
 * The page's first script, written into the page itself: it asks for what the page will need while the program is
 * fetched, shows the first image to label, and starts the program.
 */
import { matteUrl } from "./api/addresses";
import { ask } from "./api/asked";
import type { NextItem } from "./api/client";
import { csrfToken } from "./api/cookies";
import { givenBack } from "./api/leaving";
import { showFirst } from "./canvas/first";
import { applyTheme } from "./parts/colours";
import { FIRST } from "./store/queue-types";
import { anythingUnsent } from "./store/shelf";

const PATIENCE_MS = 300; // of the program with an image that takes its time

const [, project, page] = /^\/projects\/(\d+)\/?(.*)/.exec(location.pathname) ?? [];

// Nobody may come for an answer, and whoever does hears of what went wrong.
const ignore = () => {};
ask("/api/session/").catch(ignore);
const asked = project && ask(`/api/projects/${project}/`);
if (asked) asked.then(page === "label" ? fetchCanvas : ignore).catch(ignore);
let first: Promise<void> | undefined;
// What an earlier page left unsent would be handed out once more: it has to be sent before.
if (project && page === "label" && csrfToken() && !anythingUnsent(localStorage)) {
  const answer = ask(
    `/api/projects/${project}/next/?count=${FIRST}`,
    { method: "POST", headers: { "X-CSRFToken": csrfToken() } },
    givenBack(),
  );
  first = answer.then(show).catch(ignore);
}
applyTheme();

async function show(answer: Response): Promise<void> {
  if (!answer.ok) return;
  const { items } = (await answer.clone().json()) as { items: NextItem[] };
  const [first] = items;
  const said = first?.prediction?.result;
  // It is large, and the canvas that paints it comes later: by then it is in the browser's cache.
  if (said && "alpha" in said)
    fetch(matteUrl(said.alpha))
      .then((file) => file.blob())
      .catch(ignore);
  if (first) await showFirst(first.image);
}

/** Where boxes are drawn or mattes painted, the canvas comes beside the program, and not after it. */
async function fetchCanvas(answer: Response): Promise<void> {
  const { kind } = (await answer.clone().json()) as { kind?: string };
  const files = document.querySelector<HTMLMetaElement>(`meta[name="screen-${kind}"]`)?.content.split(" ");
  for (const file of files ?? []) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.crossOrigin = "";
    link.href = file;
    document.head.append(link);
  }
}

// The program keeps the page busy for a fifth of a second: what is to be seen before goes before.
document.addEventListener("DOMContentLoaded", async () => {
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, first ? PATIENCE_MS : 0))]);
  const program = document.querySelector<HTMLLinkElement>("link[data-program]")!.href;
  await import(/* @vite-ignore */ program).catch(failed);
});

/** Without it a picture would stand there, and keys would do nothing. */
function failed(error: unknown): void {
  console.error(error);
  const note = document.createElement("p");
  note.className = "note bad";
  note.role = "alert";
  note.textContent = "Frameloop could not be loaded. Check the network, and reload the page.";
  document.getElementById("root")!.replaceChildren(note);
}
