import { boxesOf } from "../api/results";
import { BoxDocument } from "./boxes";
import type { Draft, Drafts } from "./drafts";
import type { Entry } from "./entry";
import type { Queue } from "./queue";
import { type Region, regionsOf, renewed } from "./regions";

const CONFIDENCE = 0.25; // where nobody has chosen one: from there on a version's precision and recall are counted
const MOST = 60; // documents in memory, with what can be undone in them

type Kept = Pick<Storage, "getItem" | "setItem">;
/** What the queue is told of images that are begun, and asked. */
export type Clerk = Pick<Queue, "edited" | "begin" | "settle" | "spent">;
type Open = { document: BoxDocument; prediction: number | null };

/** The begun images of a project: each keeps its boxes and what can be undone, while others are looked at. */
export class Desk {
  private readonly documents = new Map<string, Open>();
  private drafts = new Map<number, Draft>();
  private loaded: boolean;
  private confidence: number;

  constructor(
    private readonly project: number,
    private readonly shelf: Drafts,
    private readonly kept: Kept,
    private readonly queue: Clerk,
  ) {
    this.loaded = !shelf.maybe();
    this.confidence = Number(kept.getItem(this.setting) ?? CONFIDENCE) || 0;
  }

  /** Whether what earlier pages left has been read: until then no image can be begun. */
  get isReady(): boolean {
    return this.loaded;
  }

  async load(): Promise<void> {
    if (this.loaded) return;
    const drafts = await this.shelf.all(this.project);
    this.drafts = new Map(drafts.map((draft) => [draft.image, draft]));
    drafts.forEach(({ image, spent }) => this.queue.begin(image, spent));
    this.loaded = true;
  }

  /** What an earlier page left begun. */
  get left(): Pick<Draft, "image" | "base">[] {
    return [...this.drafts.values()];
  }

  /** The document of an image as it stands: each label of it has its own. */
  open(entry: Entry): BoxDocument | null {
    if (!this.loaded) return null;
    const { image, prediction } = entry.item;
    const key = keyOf(entry);
    const version = prediction?.id ?? null;
    const open = this.documents.get(key);
    // What the model said anew takes the place of what nobody has touched.
    if (open && (open.prediction === version || open.document.changed)) return open.document;
    const found = boxesOf(prediction?.result);
    const draft = this.draftOf(entry);
    const { sent_back: back } = entry.item;
    // Of what a reviewer sent back the boxes stay, to be mended.
    const label = entry.result ?? (back?.boxes ? { boxes: back.boxes } : null);
    const regions = draft ? restored(draft, version, found) : regionsOf(label, found);
    const document = new BoxDocument(image, regions, this.confidence, draft !== undefined);
    this.watch(document, entry.uuid, version);
    this.documents.set(key, { document, prediction: version });
    for (const old of this.documents.keys()) {
      if (this.documents.size <= MOST) break;
      this.documents.delete(old);
    }
    return document;
  }

  /** What was begun on an image is submitted, skipped, or not this person's any more. */
  settle(image: number): void {
    this.drafts.delete(image);
    this.shelf.drop(image);
    this.queue.settle(image);
  }

  /** A submit or a skip was taken back: what was on the desk is a draft again. */
  unsettle(entry: Entry): void {
    const open = this.documents.get(keyOf(entry));
    if (open?.document.changed) this.keep(open.document, entry.uuid, open.prediction);
  }

  setConfidence(confidence: number): void {
    this.confidence = confidence;
    this.kept.setItem(this.setting, String(confidence));
    for (const { document } of this.documents.values()) document.setConfidence(confidence);
  }

  private draftOf(entry: Entry): Draft | undefined {
    const draft = this.drafts.get(entry.item.image.id);
    return draft?.base === entry.uuid ? draft : undefined;
  }

  private watch(document: BoxDocument, base: string | null, prediction: number | null): void {
    let { regions } = document.snapshot();
    let { commits } = document;
    document.subscribe(() => {
      const now = document.snapshot().regions;
      if (now === regions) return;
      regions = now;
      if (document.commits !== commits) this.queue.edited(document.image.id);
      commits = document.commits;
      if (document.changed) this.keep(document, base, prediction);
      else this.settle(document.image.id);
    });
  }

  private keep(document: BoxDocument, base: string | null, prediction: number | null): void {
    const { regions } = document.snapshot();
    const draft = {
      image: document.image.id,
      project: this.project,
      base,
      prediction,
      regions,
      spent: Math.round(this.queue.spent(document.image.id)),
      at: Date.now(),
    };
    this.queue.begin(draft.image);
    this.drafts.set(draft.image, draft);
    this.shelf.keep(draft);
  }

  private get setting(): string {
    return `frameloop-confidence-${this.project}`;
  }
}

function keyOf({ item, uuid }: Entry): string {
  return `${item.image.id} ${uuid ?? ""}`;
}

function restored(
  draft: Draft,
  prediction: number | null,
  found: Parameters<typeof renewed>[1],
): readonly Region[] {
  return draft.prediction === prediction ? draft.regions : renewed(draft.regions, found);
}
