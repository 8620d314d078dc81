import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Project } from "../../../api/client";
import { BoxDocument } from "../../../store/boxes";
import { Desk } from "../../../store/desk";
import { Drafts } from "../../../store/drafts";
import type { Entry } from "../../../store/entry";
import type { Queue } from "../../../store/queue";
import type { QueueState } from "../../../store/queue-types";
import { useTidied } from "../use-tidied";

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
