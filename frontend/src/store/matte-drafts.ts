import type { Change, Layer } from "./history";
import type { Names } from "./matte";
import { Store } from "./database";

/** What somebody has begun on a matte: the tiles that differ from the mattes in `from` lie beside it. */
export type MatteDraft = {
  image: number;
  project: number;
  /** The label that it changes; null where there is none yet. */
  base: string | null;
  from: Names;
  /** For how many milliseconds the image was seen. */
  spent: number;
  /** In milliseconds of the clock. */
  at: number;
};

const DAYS = 30 * 86_400_000;
const MARK = "frameloop-mattes-";

type Marks = Pick<Storage, "getItem" | "setItem" | "removeItem">;
type Write = (store: IDBObjectStore) => IDBRequest;

/** A person's begun mattes in IndexedDB: a stroke writes the tiles that it has touched, and no plane as a whole. */
export class MatteDrafts {
  private readonly store = new Store("frameloop-mattes", "mattes");
  private waiting = 0;
  private last = Promise.resolve();
  /** Images of which the browser did not take something. */
  private readonly refused = new Set<number>();

  constructor(
    private readonly user: number,
    private readonly marks: Marks,
  ) {}

  /** False where there are none: known at once, where reading the store may take half a second. */
  maybe(): boolean {
    return this.marks.getItem(this.mark) !== null;
  }

  /** Those of a project; what is a month old is gone. */
  async all(project: number): Promise<MatteDraft[]> {
    const range = IDBKeyRange.bound([this.user], [this.user, []]);
    const found = await this.store
      .run<IDBValidKey[]>("readonly", (store) => store.getAllKeys(range))
      .catch(() => []);
    const heads = found.filter((key) => (key as unknown[]).length === 2);
    if (!found.length) this.marks.removeItem(this.mark);
    const drafts = await Promise.all(
      heads.map((key) => this.store.run<MatteDraft>("readonly", (store) => store.get(key))),
    );
    const old = drafts.filter(({ at }) => at < Date.now() - DAYS);
    old.forEach(({ image }) => this.drop(image));
    return drafts.filter((draft) => draft.project === project && !old.includes(draft));
  }

  async tiles(image: number): Promise<Change[]> {
    await this.last; // what was written before is read
    return this.store.run<Change[]>("readonly", (store) => store.getAll(this.tilesOf(image)));
  }

  keep(draft: MatteDraft, changes: readonly Change[]): void {
    this.marks.setItem(this.mark, "1");
    const write: Write = (store) => {
      for (const one of changes) store.put(one, this.keyOf(draft.image, one.layer, one.place));
      return store.put(draft, [this.user, draft.image]);
    };
    this.write(write, (done) => done || this.refused.add(draft.image));
  }

  drop(image: number): void {
    const write: Write = (store) => {
      store.delete(this.tilesOf(image));
      return store.delete([this.user, image]);
    };
    this.write(write, () => this.refused.delete(image));
  }

  /** Whether something would be lost with the page. */
  get unsafe(): boolean {
    return this.waiting > 0 || this.refused.size > 0;
  }

  /** Whether what was begun on an image lies in memory alone: the browser refuses a database, or has no room. */
  lacks(image: number): boolean {
    return this.refused.has(image);
  }

  private keyOf(image: number, layer: Layer, place: number): IDBValidKey {
    return [this.user, image, layer, place];
  }

  private tilesOf(image: number): IDBKeyRange {
    return IDBKeyRange.bound([this.user, image, "alpha"], [this.user, image, "trimap", Infinity]);
  }

  /** One after another, in their order; `then` hears whether the browser took it. */
  private write(write: Write, then: (done: boolean) => unknown): void {
    this.waiting += 1;
    this.last = this.last
      .then(() => this.store.run("readwrite", write))
      .then(
        () => true,
        () => false,
      )
      .then((done) => {
        then(done);
        this.waiting -= 1;
      });
  }

  private get mark(): string {
    return `${MARK}${this.user}`;
  }
}
