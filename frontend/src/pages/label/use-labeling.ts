import { useEffect, useState, useSyncExternalStore } from "react";
import { screenUrl } from "../../api/addresses";
import { api, need, sessionEnded } from "../../api/client";
import { csrfToken } from "../../api/cookies";
import { uploaded } from "../../api/mattes";
import { giveBack, givenBack } from "../../api/leaving";
import { painted } from "../../canvas/painted";
import { onSignedIn } from "../../parts/session";
import { labelOf } from "../../store/labels";
import { Observable } from "../../store/observable";
import { type Operation, Outbox, type Saving, type Sent } from "../../store/outbox";
import { Queue } from "../../store/queue";
import type { QueueState } from "../../store/queue-types";
import { openShelf } from "../../store/shelf";
import { newUuid } from "../../store/uuid";

const RENEW_MS = 4 * 60_000;

/** What the server refused in this project and the person has to decide. */
export type Held = readonly Operation[];

/** The queue of one project for one person (of a component that is keyed by both), wired to the network, the outbox and the life of the page. */
export function useLabeling(
  project: number,
  user: number,
): { queue: Queue; state: QueueState; outbox: Outbox; saving: Observable<Saving>; held: Observable<Held> } {
  const [{ queue, outbox, shelf, kept, saving, held }] = useState(() => wire(project, user));
  useEffect(() => {
    const opened = outbox.open();
    // What an earlier page left unsent is settled, though the server still hands it out.
    if (shelf.maybe()) void opened.then(() => queue.fill());
    else void queue.fill();
    const stop = [
      onSignedIn(() => void outbox.flush().then(() => queue.fill())),
      ...watchPage(queue, outbox, project),
    ];
    return () => stop.forEach((end) => end());
  }, [queue, outbox, shelf, project]);
  const state = useSyncExternalStore(queue.subscribe, queue.snapshot);
  useForget(kept, state);
  return { queue, state, outbox, saving, held };
}

function wire(project: number, user: number) {
  const kept = new Map<number, HTMLImageElement>();
  const saving = new Observable<Saving>({ waiting: 0, kept: 0, reachable: true });
  const held = new Observable<Held>([]);
  let first: Promise<void> | undefined;
  const queue: Queue = new Queue({
    fetchNext: async (count) => {
      // The picture comes first: what it takes to ask for more is done when it is seen.
      if (queue.current) await painted();
      await givenBack();
      const params = { path: { id: project }, query: { count } };
      const { items } = await need(api.POST("/api/projects/{id}/next/", { params }));
      const settled = outbox.settled();
      return { items: items.filter((item) => !settled.has(item.image.id)), more: items.length >= count };
    },
    unsent: () => outbox.size,
    preload: async (image, now) => {
      // Those that come later do not hold up the one that is waited for.
      if (!now) await first;
      const element = new Image();
      element.fetchPriority = now ? "high" : "low";
      element.src = screenUrl(image);
      kept.set(image, element);
      const decoded = element.decode().catch(() => {});
      if (now) first = decoded;
      await decoded;
    },
    lastLabel: async () => {
      const params = { path: { id: project } };
      const { data } = await api.GET("/api/projects/{id}/annotations/mine/", { params }).catch(() => ({ data: undefined })); // prettier-ignore
      return labelOf(data?.results[0]?.annotation?.result);
    },
    enqueue: (operation) => outbox.add({ ...operation, project }),
    uuid: newUuid,
    now: () => performance.now(),
  });
  const shelf = openShelf(user, localStorage);
  const outbox = new Outbox(shelf, send, {
    changed: (now) => {
      saving.set(now);
      if (!now.waiting) void queue.resume();
    },
    refused: (operation, answer) => queue.refuse(operation.image, answer.detail),
    contradicted: ({ image }, current, open) =>
      open ? queue.contradict(image, current) : queue.choose(image, current),
    held: (operations) => held.set(operations.filter((operation) => operation.project === project)),
    signedOut: sessionEnded,
  });
  return { queue, outbox, shelf, kept, saving, held };
}

async function send(operation: Operation): Promise<Sent> {
  await painted();
  for (const file of operation.files ?? []) {
    const refused = await uploaded(file);
    if (refused) return refused;
  }
  const answer = await fetch(operation.path, {
    method: operation.method,
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" },
    body: operation.method === "DELETE" ? undefined : JSON.stringify(operation.body ?? {}),
    keepalive: true,
  });
  const problem = answer.ok ? null : ((await answer.json().catch(() => null)) as Partial<Sent> | null);
  return { status: answer.status, detail: problem?.detail ?? "", current: problem?.current };
}

function watchPage(queue: Queue, outbox: Outbox, project: number): (() => void)[] {
  const visible = () => {
    queue.setVisible(document.visibilityState === "visible");
    if (document.visibilityState === "visible") renew();
  };
  const renew = () => {
    const assignments = queue.leases();
    if (!assignments.length) return;
    api
      .POST("/api/projects/{id}/renew/", { params: { path: { id: project } }, body: { assignments } })
      .catch(() => {});
  };
  const online = () => void outbox.flush().then(() => queue.fill());
  // A page that comes back from the browser's memory has given its leases away: it starts anew.
  const back = (event: PageTransitionEvent) => event.persisted && location.reload();
  // What nobody looks at goes back to the others at once, and comes again with what the model says by then. What is begun
  // stays this person's for as long as the lease: they may come back to it.
  const release = () => giveBack(queue.idle());
  const warn = (event: BeforeUnloadEvent) => outbox.unsafe && event.preventDefault();
  queue.setVisible(document.visibilityState === "visible");
  window.addEventListener("beforeunload", warn);
  const timer = setInterval(renew, RENEW_MS);
  document.addEventListener("visibilitychange", visible);
  window.addEventListener("online", online);
  window.addEventListener("pagehide", release);
  window.addEventListener("pageshow", back);
  return [
    release,
    () => window.removeEventListener("pagehide", release),
    () => window.removeEventListener("pageshow", back),
    () => window.removeEventListener("beforeunload", warn),
    () => clearInterval(timer),
    () => document.removeEventListener("visibilitychange", visible),
    () => window.removeEventListener("online", online),
  ];
}

/** Decoded pictures cost memory: keep those around the place on screen. */
function useForget(kept: Map<number, HTMLImageElement>, state: QueueState): void {
  useEffect(() => {
    const near = new Set(
      state.entries.slice(Math.max(0, state.index - 3), state.index + 8).map((entry) => entry.item.image.id),
    );
    for (const image of kept.keys()) if (!near.has(image)) kept.delete(image);
  }, [kept, state.entries, state.index]);
}
