import { useEffect, useRef, useState } from "react";
import { screenUrl } from "../../api/addresses";
import { api, need, type Schemas } from "../../api/client";
import type { Label } from "../../api/results";

export type Item = Schemas["ReviewItem"];
export type Of = "in_review" | "labeled";
export type Verdict = { verdict: "accept" | "reject"; comment?: string; result?: Label };
/** A verdict: on which image, as it was then, and what it says. */
type Step = { item: Item; uuid: string; text: string };
type State = {
  items: readonly Item[];
  index: number;
  /** What was decided here, by image. */
  decided: ReadonlyMap<number, string>;
  steps: readonly Step[];
  count: number;
  phase: "loading" | "ready" | "failed";
  problem: unknown;
  more: boolean;
};

const NOTHING: State = {
  items: [],
  index: 0,
  decided: new Map(),
  steps: [],
  count: 0,
  phase: "loading",
  problem: null,
  more: true,
};
const AHEAD = 4;

export type Review = ReturnType<typeof useReview>;

/**
 * The reviewer's queue (of a component that is keyed by project and kind): what waits, what was decided, undo.
 *
 * A verdict shows at once and is sent at once, so that no key is lost to a slow network; one that is refused brings
 * its image back. `image`: what it begins with. `pending`: how many are on their way. `busy`: an answer is awaited that says what there is to see.
 */
export function useReview(project: number, status: Of, image?: number) {
  const [state, setState] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const [pending, setPending] = useState(0);
  const refs = useRef({
    now: NOTHING, // what stands now, for what follows before the next render
    turns: new Map<number, Promise<void>>(), // what is done to one image is done in its order
    sent: new Set<Step>(),
  });
  const change = (part: (state: State) => Partial<State>) => {
    refs.current.now = { ...refs.current.now, ...part(refs.current.now) };
    setState(refs.current.now);
  };
  const inTurn = (image: number, act: () => Promise<void>) => {
    const { turns } = refs.current;
    setPending((count) => count + 1);
    const done = async () => {
      await act();
      setPending((count) => count - 1);
    };
    turns.set(image, (turns.get(image) ?? Promise.resolve()).then(done));
  };
  useEffect(() => {
    if (!pending) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [pending]);

  const fetchMore = async (after: number | undefined) => {
    const query = after === undefined ? { status, image } : { status, after };
    const params = { path: { id: project }, query };
    try {
      const { items, count } = await need(api.GET("/api/projects/{id}/review/", { params }));
      change((state) => {
        const known = new Set(state.items.map((item) => item.image.id));
        const fresh = items.filter((item) => !known.has(item.image.id));
        const first = state.items.length ? {} : { count };
        return { ...first, items: [...state.items, ...fresh], more: fresh.length > 0, phase: "ready" };
      });
    } catch (problem) {
      change((state) => ({ problem, more: false, phase: state.items.length ? "ready" : "failed" }));
    }
  };
  const { items, index, more } = state;
  const last = items.at(-1)?.image.id;
  const short = more && items.length - index <= AHEAD;
  useEffect(() => {
    if (short) void fetchMore(last);
    // Asked again as soon as what came before is here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [short, last]);
  useEffect(() => {
    for (const item of items.slice(index + 1, index + 1 + AHEAD)) new Image().src = screenUrl(item.image.id);
  }, [items, index]);

  const decide = (item: Item, uuid: string, body: Verdict, text: string) => {
    const step = { item, uuid, text };
    const only = body.verdict === "accept" || item.annotations.length === 1; // else others' labels may wait still
    if (busy || refs.current.now.decided.has(item.image.id)) return;
    if (only) change((state) => passed(state, step));
    else setBusy(true);
    inTurn(item.image.id, async () => {
      try {
        const params = { path: { uuid } };
        const answer = await need(
          api.POST("/api/annotations/{uuid}/review/", { params, body, keepalive: true }),
        );
        refs.current.sent.add(step);
        if (!only)
          change((state) => (answer.status === "in_review" ? less(state, step) : passed(state, step)));
      } catch (problem) {
        change((state) => ({ ...(only ? taken(state, step) : {}), problem }));
      }
      setBusy(false);
    });
  };
  const undo = () => {
    const step = refs.current.now.steps.at(-1);
    if (!step) return;
    change((state) => taken(state, step));
    inTurn(step.item.image.id, async () => {
      if (!refs.current.sent.delete(step)) return; // it was refused
      try {
        const params = { path: { uuid: step.uuid } };
        await need(api.DELETE("/api/annotations/{uuid}/review/", { params, keepalive: true }));
      } catch (problem) {
        change((state) => ({ ...passed(state, step), index: state.index, problem }));
      }
    });
  };
  const go = (to: number) =>
    change(({ items }) => ({ index: Math.max(0, Math.min(items.length, to)), problem: null }));
  const again = () => change(() => NOTHING);
  return { state, busy, pending, decide, undo, go, again };
}

/** On to the next that is not decided. */
function passed(state: State, step: Step): Partial<State> {
  const decided = new Map(state.decided).set(step.item.image.id, step.text);
  const next = state.items.findIndex((item, at) => at > state.index && !decided.has(item.image.id));
  return {
    steps: [...state.steps, step],
    decided,
    index: next < 0 ? state.items.length : next,
    problem: null,
  };
}

/** Back to the image of a verdict that does not hold, as it was. */
function taken(state: State, step: Step): Partial<State> {
  const { id } = step.item.image;
  const decided = new Map(state.decided);
  decided.delete(id);
  return {
    items: state.items.map((item) => (item.image.id === id ? step.item : item)),
    steps: state.steps.filter((one) => one !== step),
    decided,
    index: state.items.findIndex((item) => item.image.id === id),
    problem: null,
  };
}

/** One label of the image is judged, others wait. */
function less(state: State, step: Step): Partial<State> {
  const items = state.items.map((item) =>
    item.image.id === step.item.image.id ? without(item, step.uuid) : item,
  );
  return { items, steps: [...state.steps, step], problem: null };
}

function without(item: Item, uuid: string): Item {
  return { ...item, annotations: item.annotations.filter((one) => one.uuid !== uuid) };
}
