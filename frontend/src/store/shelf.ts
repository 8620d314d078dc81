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
  const database = openDatabase();
  const run = async <T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    const transaction = (await database).transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    // Told to commit at once: left to itself it would wait for an answer, and a tab that closes meanwhile undoes it.
    transaction.commit();
    await completed(transaction);
    return request.result;
  };
  const take = async (id: number) => {
    await run("readwrite", (store) => store.delete(key(id)));
    // Counted in the database: another tab may have left something there.
    if ((await run("readonly", (store) => store.count(mine))) === 0) marks.removeItem(mark);
  };
  return {
    maybe: () => marks.getItem(mark) !== null,
    all: () => run<Operation[]>("readonly", (store) => store.getAll(mine)).catch(() => []),
    put: (operation) => {
      marks.setItem(mark, "1");
      return run("readwrite", (store) => store.put(operation, key(operation.id))).then(nothing);
    },
    delete: (id) => take(id).catch(nothing),
  };
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function nothing(): void {}
