import { api, csrfToken, type NextItem } from "../../api/client";
import { screenUrl } from "../../canvas/picture";
import { FIRST } from "../../store/queue";
import { anythingUnsent } from "../../store/shelf";

const asked = new Map<number, Promise<NextItem[] | null>>();

/** Asks for a project's first images, and for the picture of the first one, while the page is still being made. */
export function askEarly(project: number): void {
  // What an earlier page left unsent would be handed out once more: it has to be sent before.
  if (!csrfToken() || anythingUnsent(localStorage)) return;
  const params = { path: { id: project }, query: { count: FIRST } };
  const answer = api.POST("/api/projects/{id}/next/", { params }).then(
    ({ data }) => data?.items ?? null,
    () => null,
  );
  asked.set(project, answer);
  void answer.then((items) => {
    if (!items?.[0]) return;
    const picture = new Image();
    picture.fetchPriority = "high";
    picture.src = screenUrl(items[0].image.id);
  });
}

/** What was asked for early, once; null where it was not, or was refused: who asks again is told why. */
export async function takeEarly(project: number): Promise<NextItem[] | null> {
  const answer = asked.get(project);
  asked.delete(project);
  return (await answer) ?? null;
}
