import { matteUrl } from "../api/addresses";
import { matteOf } from "../api/results";
import type { Plane } from "../shapes/plane";
import type { Clerk } from "./desk";
import type { Entry } from "./entry";
import { forgotten } from "./forgotten";
import type { Change, Layer } from "./history";
import type { Label } from "./labels";
import { MatteDocument, type Names } from "./matte";
import type { MatteDraft, MatteDrafts } from "./matte-drafts";
import type { MatteFile, Workshop } from "./workshop";

const BUDGET = 400 * 2 ** 20; // bytes in memory: planes, what can be undone in them, and files
const FILES = 24; // mattes that were made here and may be asked for before the server has them
const CALM_MS = 700; // after a stroke, until its file is made ahead of the submit

type Open = { document: MatteDocument; prediction: number | null; settled: boolean };
type Made = { label: Label; files: MatteFile[] };
type Taken = Omit<MatteFile, "data"> & { data: Uint8Array | null };

/** The begun mattes of a project: each keeps its planes and what can be undone, while other images are looked at. */
export class MatteDesk {
  private readonly documents = new Map<string, Open>();
  private readonly files = new Map<string, Uint8Array>();
  private readonly made = new WeakMap<MatteDocument, { revision: number; file: Promise<Made> }>();
  /** What was submitted in the place of what an entry stood for, by its key. */
  private readonly sent = new Map<string, Names>();
  private drafts = new Map<number, MatteDraft>();
  private calm: ReturnType<typeof setTimeout> | undefined;
  private loaded: boolean;

  constructor(
    private readonly project: number,
    private readonly shelf: MatteDrafts,
    private readonly workshop: Workshop,
    private readonly queue: Clerk,
  ) {
    this.loaded = !shelf.maybe();
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
  get left(): Pick<MatteDraft, "image" | "base">[] {
    return [...this.drafts.values()];
  }

  /** The document of an image as it stands, loading at first: each label of it has its own. */
  open(entry: Entry): MatteDocument | null {
    if (!this.loaded) return null;
    const { image, prediction } = entry.item;
    const key = keyOf(entry);
    const version = prediction?.id ?? null;
    const open = this.documents.get(key);
    // What the model said anew takes the place of what nobody has touched.
    if (open && (open.prediction === version || open.document.snapshot().changed)) {
      this.documents.delete(key);
      this.documents.set(key, open); // the one that was looked at last goes last
      this.forget();
      return open.document;
    }
    const draft = this.draftOf(entry);
    const document = new MatteDocument(image, draft?.from ?? namesOf(entry));
    this.documents.delete(key);
    this.documents.set(key, { document, prediction: version, settled: false });
    this.watch(document, entry.uuid);
    void this.fill(document);
    this.forget();
    return document;
  }

  /** Fetches what a document begins with, and what was begun on it. */
  async fill(document: MatteDocument): Promise<void> {
    document.reload();
    performance.mark("matte-asked");
    const { id } = document.image;
    const draft = this.drafts.get(id);
    const ours = draft?.from === document.base; // not one of another label of the image
    try {
      const [alpha, trimap, tiles] = await Promise.all([
        this.plane(document.base.alpha),
        this.plane(document.base.trimap),
        ours ? this.shelf.tiles(id) : [],
      ]);
      for (const plane of [alpha, trimap]) {
        if (plane && (plane.width !== document.image.width || plane.height !== document.image.height))
          throw new Error(
            "The matte is of another size than the image. Skip it, and tell whoever imported it.",
          );
      }
      document.load({ ...(alpha ? { alpha } : {}), ...(trimap ? { trimap } : {}) }, tiles);
    } catch (error) {
      document.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** The plane that a name stands for: of one that was made here the server may not know yet. */
  async plane(name: string | null): Promise<Plane | null> {
    if (name === null) return null;
    const file = this.files.get(name);
    return file ? this.workshop.decode(file) : this.workshop.fetch(matteUrl(name));
  }

  /** The label that a document stands for, and the files that it names and the server may not have. */
  async label(document: MatteDocument): Promise<Made> {
    const { revision } = document.snapshot();
    const known = this.made.get(document);
    if (known?.revision === revision) return known.file;
    const file = this.make(document);
    this.made.set(document, { revision, file });
    file.catch(() => this.made.delete(document));
    return file;
  }

  /** A layer as a file, for what is asked of the server before anything is submitted. */
  async file(document: MatteDocument, layer: Layer): Promise<MatteFile> {
    const file = await this.workshop.encode(document.planes[layer]);
    this.remember(file);
    return file;
  }

  /** A label was submitted in the place of what an entry stood for. */
  submitted(entry: Entry, { alpha, trimap }: Label): void {
    this.sent.set(keyOf(entry), { alpha: alpha ?? null, trimap: trimap ?? null });
    this.settle(entry.item.image.id);
  }

  /** What was begun on an image is submitted, skipped, or not this person's any more. */
  settle(image: number): void {
    this.mark(image, true);
    this.drafts.delete(image);
    this.shelf.drop(image);
    this.queue.settle(image);
  }

  /** A submit or a skip was taken back: what was on the desk is a draft again; if memory had no room for it, what was sent. */
  unsettle(entry: Entry): void {
    const document = this.documents.get(keyOf(entry))?.document;
    const from = document ? document.base : this.sent.get(keyOf(entry));
    if (from && (!document || document.snapshot().changed))
      this.keep(entry.item.image.id, entry.uuid, from, document?.touched() ?? []);
  }

  close(): void {
    clearTimeout(this.calm);
    this.workshop.close();
  }

  private async make(document: MatteDocument): Promise<Made> {
    // Both are taken before anything is waited for: they belong together.
    const [alpha, trimap] = await Promise.all([
      this.taken(document, "alpha"),
      this.taken(document, "trimap"),
    ]);
    const files = [alpha, trimap].filter((one) => one !== null && one.data !== null) as MatteFile[];
    return { label: { alpha: alpha!.sha256, ...(trimap ? { trimap: trimap.sha256 } : {}) }, files };
  }

  /** A layer's name, with its file where the server may not have it; null for a trimap that there is none of. */
  private async taken(document: MatteDocument, layer: Layer): Promise<Taken | null> {
    const name = document.base[layer];
    if (!document.changes(layer) && name !== null)
      return { sha256: name, data: this.files.get(name) ?? null };
    if (layer === "trimap" && (!document.changes(layer) || document.isBlank(layer))) return null;
    const file = await this.file(document, layer);
    return file.sha256 === name ? { ...file, data: null } : file;
  }

  private draftOf(entry: Entry): MatteDraft | undefined {
    const draft = this.drafts.get(entry.item.image.id);
    return draft?.base === entry.uuid ? draft : undefined;
  }

  private watch(document: MatteDocument, base: string | null): void {
    let { commits } = document;
    document.kept = (changes) => {
      if (document.commits !== commits) this.queue.edited(document.image.id);
      commits = document.commits;
      const { id } = document.image;
      // Of another label of the image something may be begun as well: the last one counts, and all of it.
      const goesOn = this.drafts.get(id)?.from === document.base;
      if (!document.snapshot().changed) this.settle(id);
      else this.keep(id, base, document.base, goesOn ? changes : document.touched(changes));
      clearTimeout(this.calm);
      // Ahead of the submit, which then waits for nothing.
      this.calm = setTimeout(() => document.isStill && void this.label(document).catch(() => {}), CALM_MS);
    };
  }

  private keep(image: number, base: string | null, from: Names, changes: readonly Change[]): void {
    const spent = Math.round(this.queue.spent(image));
    const draft = { image, project: this.project, base, from, spent, at: Date.now() };
    this.mark(image, false);
    this.queue.begin(image);
    // Tiles of two mattes do not lie beside each other.
    if (this.drafts.get(image)?.from !== from) this.shelf.drop(image);
    this.drafts.set(image, draft);
    this.shelf.keep(draft, changes);
  }

  private mark(image: number, settled: boolean): void {
    for (const open of this.documents.values()) if (open.document.image.id === image) open.settled = settled;
  }

  private remember({ sha256, data }: MatteFile): void {
    this.files.delete(sha256);
    this.files.set(sha256, data);
    for (const old of this.files.keys()) {
      if (this.files.size <= FILES) break;
      this.files.delete(old);
    }
  }

  /** Planes and what can be undone cost memory. */
  private forget(): void {
    const open = [...this.documents].map(([key, { document, settled }]) => ({
      key,
      bytes: document.bytes,
      settled,
      only: !settled && document.snapshot().changed && this.shelf.lacks(document.image.id),
    }));
    const files = [...this.files.values()].reduce((sum, file) => sum + file.length, 0);
    forgotten(open, BUDGET - files).forEach((key) => this.documents.delete(key));
  }
}

/** What an image's matte begins with: its label, what a reviewer sent back to be mended, or what the model says. */
export function namesOf({ result, item }: Entry): Names {
  const from = result?.alpha
    ? result
    : item.sent_back?.alpha
      ? item.sent_back
      : matteOf(item.prediction?.result);
  return { alpha: from?.alpha ?? null, trimap: from?.trimap ?? null };
}

/** What is sent back to be mended has no label either, but another beginning. */
function keyOf({ item, uuid }: Entry): string {
  return `${item.image.id} ${uuid ?? ""} ${item.sent_back?.alpha ?? ""}`;
}
