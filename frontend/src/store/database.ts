/** One store of one database of the browser's. */
export class Store {
  private readonly database: Promise<IDBDatabase>;

  constructor(
    name: string,
    private readonly store: string,
  ) {
    this.database = openDatabase(name, store);
    // Whoever asks hears of it.
    this.database.catch(() => {});
  }

  /** Resolves when it is written for good; rejects where the browser refuses a database (a private window). */
  async run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await this.database).transaction(this.store, mode);
    const request = act(transaction.objectStore(this.store));
    // Told to commit at once: left to itself it would wait for an answer, and a tab that closes meanwhile undoes it.
    transaction.commit();
    await completed(transaction);
    return request.result;
  }
}

function openDatabase(name: string, store: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
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
