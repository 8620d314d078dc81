import { Store } from "./database";
import type { Region } from "./regions";

/** What somebody has begun on an image and not submitted. */
export type Draft = {
  image: number;
  project: number;
  /** The label that it changes; null where there is none yet. */
  base: string | null;
  /** The prediction that its pre-labels are of. */
  prediction: number | null;
  regions: readonly Region[];
  /** For how many milliseconds the image was seen. */
  spent?: number;
  /** In milliseconds of the clock. */
  at: number;
};

const DAYS = 30 * 86_400_000;
const MARK = "frameloop-drafts-";

type Marks = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A person's drafts in IndexedDB, beside the outbox and in a database of their own: an old tab holds up no upgrade. */
export class Drafts {
  private readonly store = new Store("frameloop-drafts", "drafts");
  private readonly pending = new Map<number, Draft | null>();
  private busy = false;

  constructor(
    private readonly user: number,
    private readonly marks: Marks,
  ) {}

  /** False where there are none: known at once, where reading the store may take half a second. */
  maybe(): boolean {
    return this.marks.getItem(this.mark) !== null;
  }

  /** Those of a project; what is a month old is gone. */
  async all(project: number): Promise<Draft[]> {
    const range = IDBKeyRange.bound([this.user, -Infinity], [this.user, Infinity]);
    const drafts = await this.store.run<Draft[]>("readonly", (store) => store.getAll(range)).catch(() => []);
    const old = drafts.filter(({ at }) => at < Date.now() - DAYS);
    old.forEach(({ image }) => this.drop(image));
    if (!drafts.length) this.marks.removeItem(this.mark);
    return drafts.filter((draft) => draft.project === project && !old.includes(draft));
  }

  keep(draft: Draft): void {
    this.marks.setItem(this.mark, "1");
    this.pending.set(draft.image, draft);
    void this.write();
  }

  drop(image: number): void {
    this.pending.set(image, null);
    void this.write();
  }

  /** Whether something would be lost with the page. */
  get unsafe(): boolean {
    return [...this.pending.values()].some((draft) => draft !== null);
  }

  /** One after another, the newest of each image. */
  private async write(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (const [image, draft] of this.pending) {
      const key = [this.user, image];
      await this.store
        .run<unknown>("readwrite", (store) => {
          if (draft) return store.put(draft, key) as IDBRequest<unknown>;
          return store.delete(key) as IDBRequest<unknown>;
        })
        .catch(() => {});
      if (this.pending.get(image) === draft) this.pending.delete(image);
    }
    this.busy = false;
    if (this.pending.size) void this.write();
  }

  private get mark(): string {
    return `${MARK}${this.user}`;
  }
}
