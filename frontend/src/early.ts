/**
 * The page's first script, written into the page itself: it asks for what the page will need while the program is
 * fetched and read.
 */
import { screenUrl } from "./api/addresses";
import { ask } from "./api/asked";
import { csrfToken } from "./api/cookies";
import type { NextItem } from "./api/client";
import { FIRST } from "./store/queue-types";
import { anythingUnsent } from "./store/shelf";

const [, project, page] = /^\/projects\/(\d+)\/?(.*)/.exec(location.pathname) ?? [];

// Nobody may come for an answer, and whoever does hears of what went wrong.
const ignore = () => {};
ask("/api/session/").catch(ignore);
if (project) ask(`/api/projects/${project}/`).catch(ignore);
// What an earlier page left unsent would be handed out once more: it has to be sent before.
if (project && page === "label" && csrfToken() && !anythingUnsent(localStorage)) {
  const answer = ask(`/api/projects/${project}/next/?count=${FIRST}`, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
  });
  answer.then(showFirst).catch(ignore);
}

/** The picture of the first image comes along. */
async function showFirst(answer: Response): Promise<void> {
  if (!answer.ok) return;
  const { items } = (await answer.clone().json()) as { items: NextItem[] };
  if (!items[0]) return;
  const picture = new Image();
  picture.fetchPriority = "high";
  picture.src = screenUrl(items[0].image.id);
}
