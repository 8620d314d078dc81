import { useMemo, useState } from "react";

/** Images chosen in a list: some by their ids, or all that its filters find, loaded or not. */
export type Selection = {
  all: boolean;
  ids: ReadonlySet<number>;
  has: (id: number) => boolean;
  toggle: (at: number) => void;
  /** All from the last one that was chosen up to this one. */
  extend: (to: number) => void;
  everything: () => void;
  clear: () => void;
};

type State = { all: boolean; ids: ReadonlySet<number>; anchor: number };

const NONE: State = { all: false, ids: new Set(), anchor: 0 };

export function toggled(state: State, ids: readonly number[], at: number): State {
  const id = ids[at];
  if (id === undefined) return state;
  const next = new Set(state.all ? ids : state.ids);
  if (!next.delete(id)) next.add(id);
  return { all: false, ids: next, anchor: at };
}

export function extended(state: State, ids: readonly number[], to: number): State {
  const [from, end] = [Math.min(state.anchor, to), Math.max(state.anchor, to)];
  return { ...state, all: false, ids: new Set([...state.ids, ...ids.slice(from, end + 1)]) };
}

/** `key` names the list: another one begins with nothing chosen. */
export function useSelection(ids: readonly number[], key: string): Selection {
  const [{ state, of }, set] = useState({ state: NONE, of: key });
  if (of !== key) set({ state: NONE, of: key });
  return useMemo(() => {
    const change = (how: (state: State) => State) => set((was) => ({ ...was, state: how(was.state) }));
    return {
      all: state.all,
      ids: state.ids,
      has: (id) => state.all || state.ids.has(id),
      toggle: (at) => change((was) => toggled(was, ids, at)),
      extend: (to) => change((was) => extended(was, ids, to)),
      everything: () => change((was) => ({ ...was, all: true, ids: new Set() })),
      clear: () => change(() => NONE),
    };
  }, [state, ids]);
}
