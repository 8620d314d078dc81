import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { api, type NextItem, type Project, type Schemas } from "../../../api/client";
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
    return { drafts, desk: new Desk(project.id, drafts, localStorage, queue) };
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
  const lost = useTidied(desk, queue, ready && (state.phase === "ready" || state.phase === "empty"), state);

  const document = useMemo(() => (ready && entry ? desk.open(entry) : null), [desk, ready, entry]);
  const { subscribe, snapshot } = document ?? NOTHING;
  const boxes = useSyncExternalStore(subscribe, snapshot);
  return { desk, document, boxes, lost };
}

/**
 * What an earlier page left begun, and whose lease has run out since, comes next if nobody has labeled it; else it is
 * not this person's any more. Gives the names of those.
 */
function useTidied(desk: Desk, queue: Queue, ready: boolean, { entries }: QueueState): string[] {
  const [lost, setLost] = useState<string[]>([]);
  useEffect(() => {
    if (!ready) return;
    const here = new Set(entries.map((entry) => entry.item.image.id));
    const others = desk.left.filter(({ image }) => !here.has(image)).slice(0, ASKED);
    for (const { image: id, base } of others) {
      void api.GET("/api/images/{id}/", { params: { path: { id } } }).then(
        ({ data, response }) => {
          if (response.status === 404) desk.settle(id);
          if (!data || data.annotations.some((one) => one.current && one.uuid === base)) return;
          if (data.status === "unlabeled" && base === null) return queue.bring(itemOf(data));
          desk.settle(id);
          setLost((names) => [...names, data.name]);
        },
        () => {},
      );
    }
    // Once a page: what it leaves itself is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [desk, ready]);
  return lost;
}

/** Without a lease: a label of it counts if nobody else's comes first. */
function itemOf(image: Schemas["ImageDetailRow"]): NextItem {
  return {
    image,
    assignment: null,
    prediction: image.prediction,
    annotation: null,
    commented: false,
    sent_back: null,
  };
}
