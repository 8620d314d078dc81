import { MatteDocument } from "./matte";

/** What was judged on this page, by image. */
export type Decided = ReadonlyMap<number, unknown>;

const DECIDED = 3; // what was judged comes back where the server refuses it, or somebody takes it back

/** The mattes that a reviewer has changed, for the life of the page: other images can be looked at meanwhile. */
export class MendedMattes {
  private readonly documents = new Map<string, MatteDocument>();

  /** The document of a matte: as it was left, where it was changed. */
  open(image: MatteDocument["image"], alpha: string, decided: Decided): MatteDocument {
    const key = `${image.id} ${alpha}`;
    const document = this.documents.get(key) ?? new MatteDocument(image, { alpha, trimap: null });
    this.documents.delete(key);
    const judged = [...this.documents].filter(([, one]) => decided.has(one.image.id));
    const old = judged.slice(0, -DECIDED).map(([other]) => other);
    for (const [other, one] of this.documents) {
      // A stroke that goes on will be a change yet.
      const plain = !one.snapshot().changed && (one.isStill || !one.isReady);
      if (plain || old.includes(other)) this.documents.delete(other);
    }
    this.documents.set(key, document);
    return document;
  }

  /** Whether something would be lost with the page. */
  unsafe(decided: Decided): boolean {
    return [...this.documents.values()].some((one) => one.snapshot().changed && !decided.has(one.image.id));
  }
}
