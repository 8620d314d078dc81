import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Project } from "../../../api/client";
import { type Entry, isOpen } from "../../../store/entry";
import { MatteDocument } from "../../../store/matte";
import { MatteDesk } from "../../../store/matte-desk";
import { MatteDrafts } from "../../../store/matte-drafts";
import type { Queue } from "../../../store/queue";
import type { QueueState } from "../../../store/queue-types";
import { warm, Workshop } from "../../../store/workshop";
import { useTidied } from "../use-tidied";

warm();

const AHEAD_MS = 200; // until this one can be seen

const MOST_AHEAD = 40_000_000; // pixels: of larger ones two would fill the memory of a small machine

const NOTHING = new MatteDocument({ id: 0, width: 1, height: 1 }, { alpha: null, trimap: null });

/** What was begun, image by image; the matte of the one on screen, and its state. */
export function useMatteDesk(
  project: Project,
  user: number,
  queue: Queue,
  state: QueueState,
  entry: Entry | undefined,
) {
  const [{ desk, drafts, workshop }] = useState(() => {
    const drafts = new MatteDrafts(user, localStorage);
    const workshop = new Workshop();
    return { drafts, workshop, desk: new MatteDesk(project.id, drafts, workshop, queue) };
  });
  const [ready, setReady] = useState(desk.isReady);
  useEffect(() => void desk.load().then(() => setReady(true)), [desk]);
  useEffect(() => () => desk.close(), [desk]);
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
  const matte = useSyncExternalStore(subscribe, snapshot);
  useEffect(() => {
    if (!document || matte.phase !== "failed") return;
    const again = () => void desk.fill(document);
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [desk, document, matte.phase]);
  // The next one's matte comes ahead, as its picture does.
  const next = state.entries.slice(state.index + 1).find(isOpen);
  const calm = matte.phase === "ready";
  useEffect(() => {
    if (!calm || !next || next.item.image.width * next.item.image.height > MOST_AHEAD) return;
    const timer = setTimeout(() => desk.open(next), AHEAD_MS);
    return () => clearTimeout(timer);
  }, [desk, calm, next]);
  return { desk, workshop, document, matte, lost };
}
