import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { api, type Project } from "../../../api/client";
import { BoxDocument } from "../../../store/boxes";
import { Desk } from "../../../store/desk";
import { Drafts } from "../../../store/drafts";
import type { Entry } from "../../../store/entry";
import type { Queue } from "../../../store/queue";
import type { QueueState } from "../../../store/queue-types";

const ASKED = 20; // begun images of earlier pages that are asked for, at most
const NOTHING = new BoxDocument({ id: 0, width: 1, height: 1 }, []);

/** What was begun, image by image; the document of the one on screen, and its state. */
export function useDesk(
  project: Project,
  user: number,
  queue: Queue,
  state: QueueState,
  entry: Entry | undefined,
) {
  const [{ desk, drafts }] = useState(() => {
    const drafts = new Drafts(user, localStorage);
    const edited = (image: number) => queue.edited(image);
    return { drafts, desk: new Desk(project.id, drafts, localStorage, edited) };
  });
  const [ready, setReady] = useState(desk.isReady);
  useEffect(() => void desk.load().then(() => setReady(true)), [desk]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => drafts.unsafe && event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [drafts]);
  // What was refused is begun again, and not lost with the page.
  const refused = state.entries.findLast((one) => one.error !== null);
  useEffect(() => {
    if (refused) desk.unsettle(refused);
  }, [desk, refused]);
  useTidied(desk, ready && (state.phase === "ready" || state.phase === "empty"), state);

  const document = useMemo(() => (ready && entry ? desk.open(entry) : null), [desk, ready, entry]);
  const { subscribe, snapshot } = document ?? NOTHING;
  const boxes = useSyncExternalStore(subscribe, snapshot);
  return { desk, document, boxes };
}

/** What an earlier page left begun, and somebody else has labeled since, is not this person's any more. */
function useTidied(desk: Desk, ready: boolean, { entries }: QueueState): void {
  useEffect(() => {
    if (!ready) return;
    const here = new Set(entries.map((entry) => entry.item.image.id));
    const others = desk.left.filter(({ image }) => !here.has(image)).slice(0, ASKED);
    for (const { image: id, base } of others) {
      void api.GET("/api/images/{id}/", { params: { path: { id } } }).then(
        ({ data, response }) => {
          const stands = data?.annotations.some((one) => one.current && one.uuid === base);
          const settled = data && data.status !== "unlabeled" && !stands;
          if (response.status === 404 || settled) desk.settle(id);
        },
        () => {},
      );
    }
    // Once a page: what it leaves itself is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [desk, ready]);
}
