import type { Operation, Shelf } from "./outbox";

const NAME = "frameloop";
const STORE = "outbox";

/** The outbox's shelf in IndexedDB. Where the browser refuses one (a private window), memory has to do. */
export function openShelf(user: number): Shelf {
  const key = (id: number) => [user, id];
  const database = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const run = async <T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    const transaction = (await database).transaction(STORE, mode);
    return new Promise((resolve, reject) => {
      const request = act(transaction.objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  };
  const mine = IDBKeyRange.bound(key(-Infinity), key(Infinity));
  return {
    all: () => run<Operation[]>("readonly", (store) => store.getAll(mine)).catch(() => []),
    put: (operation) =>
      run("readwrite", (store) => store.put(operation, key(operation.id))).then(nothing, nothing),
    delete: (id) => run("readwrite", (store) => store.delete(key(id))).then(nothing, nothing),
  };
}

function nothing(): void {}
