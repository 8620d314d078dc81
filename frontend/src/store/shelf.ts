import { Store } from "./database";
import type { Operation, Shelf } from "./outbox";

const NAME = "frameloop";
const STORE = "outbox";

const MARK = "frameloop-unsent-";

type Marks = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Whether an earlier page left anything unsent, whoever it was that used it. */
export function anythingUnsent(marks: Storage): boolean {
  return Object.keys(marks).some((name) => name.startsWith(MARK));
}

/**
 * The outbox's shelf in IndexedDB, with a mark beside it that says whether anything is on it. Where the browser refuses
 * a database (a private window), memory has to do.
 */
export function openShelf(user: number, marks: Marks): Shelf {
  const mark = `${MARK}${user}`;
  const key = (id: number) => [user, id];
  const mine = IDBKeyRange.bound(key(-Infinity), key(Infinity));
  const kept = new Store(NAME, STORE);
  const take = async (id: number) => {
    await kept.run("readwrite", (store) => store.delete(key(id)));
    // Counted in the database: another tab may have left something there.
    if ((await kept.run("readonly", (store) => store.count(mine))) === 0) marks.removeItem(mark);
  };
  return {
    maybe: () => marks.getItem(mark) !== null,
    all: () => kept.run<Operation[]>("readonly", (store) => store.getAll(mine)).catch(() => []),
    put: (operation) => {
      marks.setItem(mark, "1");
      return kept.run("readwrite", (store) => store.put(operation, key(operation.id))).then(nothing);
    },
    delete: (id) => take(id).catch(nothing),
  };
}

function nothing(): void {}
