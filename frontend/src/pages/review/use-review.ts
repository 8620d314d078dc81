import { useEffect, useState } from "react";
import { screenUrl } from "../../api/addresses";
import { api, need, type Schemas } from "../../api/client";

export type Item = Schemas["ReviewItem"];
export type Of = "in_review" | "labeled";
export type Verdict = { verdict: "accept" | "reject"; comment?: string; result?: { category: string } };
type Step = { image: number; uuid: string };
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

/** The reviewer's queue (of a component that is keyed by project and kind): what waits, what was decided, undo. */
export function useReview(project: number, status: Of) {
  const [state, setState] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<State>) => setState((now) => ({ ...now, ...part }));

  const fetchMore = async (after: number | undefined) => {
    const params = { path: { id: project }, query: { status, after } };
    try {
      const { items, count } = await need(api.GET("/api/projects/{id}/review/", { params }));
      setState((now) => {
        const known = new Set(now.items.map((item) => item.image.id));
        const fresh = items.filter((item) => !known.has(item.image.id));
        const first = now.items.length ? {} : { count };
        return { ...now, ...first, items: [...now.items, ...fresh], more: fresh.length > 0, phase: "ready" };
      });
    } catch (problem) {
      setState((now) => ({ ...now, problem, more: false, phase: now.items.length ? "ready" : "failed" }));
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

  const run = async (act: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    change({ problem: null });
    await act().catch((problem: unknown) => change({ problem }));
    setBusy(false);
  };
  const decide = (item: Item, uuid: string, body: Verdict, text: string) =>
    run(async () => {
      const params = { path: { uuid } };
      const answer = await need(api.POST("/api/annotations/{uuid}/review/", { params, body }));
      setState((now) => {
        const steps = [...now.steps, { image: item.image.id, uuid }];
        // Others' labels of it may wait still.
        if (answer.status === "in_review")
          return { ...now, steps, items: now.items.map((one) => (one === item ? without(one, uuid) : one)) };
        const decided = new Map(now.decided).set(item.image.id, text);
        return { ...now, steps, decided, index: now.index + 1 };
      });
    });
  const undo = () =>
    run(async () => {
      const step = state.steps.at(-1);
      if (!step) return;
      await need(api.DELETE("/api/annotations/{uuid}/review/", { params: { path: { uuid: step.uuid } } }));
      const at = state.items.findIndex((item) => item.image.id === step.image);
      const decided = new Map(state.decided);
      decided.delete(step.image);
      change({ steps: state.steps.slice(0, -1), decided, index: at });
    });
  const go = (to: number) => change({ index: Math.max(0, Math.min(items.length, to)), problem: null });
  const again = () => setState(NOTHING);
  return { state, busy, decide, undo, go, again };
}

function without(item: Item, uuid: string): Item {
  return { ...item, annotations: item.annotations.filter((one) => one.uuid !== uuid) };
}
