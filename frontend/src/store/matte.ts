import type { Dab, Ink } from "../shapes/brush";
import type { Box, Size } from "../shapes/fit";
import { emptyPlane, isBlank, type Plane } from "../shapes/plane";
import { packed, readTile, type Tile, tileBox, unpacked, writeTile } from "../shapes/tiles";
import type { Point } from "../shapes/view";
import { Edit, type How } from "./edit";
import { type Change, History, type Layer, type Step, tileBytes } from "./history";

/** Mattes by their SHA-256, as labels name them. */
export type Names = { alpha: string | null; trimap: string | null };
/** A part that is shown as if it were there, and that somebody accepts or rejects. */
export type Proposal = { what: string; window: Box; part: Plane; how: How; choose: boolean };

export type MatteState = {
  phase: "loading" | "ready" | "failed";
  problem: string;
  canUndo: boolean;
  canRedo: boolean;
  changed: boolean;
  proposal: Proposal | null;
  /** What whole-image work goes on; null where none does. */
  busy: string | null;
  /** Goes up with every change that stands. */
  revision: number;
};

type Seen = (layer: Layer, box: Box) => void;
/** What of a layer changed for good: the tiles, as they are now. */
type Kept = (changes: readonly Change[]) => void;

/**
 * The alpha and the trimap of one image, with undo. Pixels are changed in place; who paints them on the screen is told
 * where. Knows no DOM.
 */
export class MatteDocument {
  /** Others when it is loaded; from then on these, changed in place. */
  readonly planes: Record<Layer, Plane>;
  private readonly history = new History();
  private readonly original: Record<Layer, Map<number, Tile>> = { alpha: new Map(), trimap: new Map() };
  private remembered = 0; // bytes of it
  private readonly restored = new Set<Layer>();
  private readonly listeners = new Set<() => void>();
  private readonly watchers = new Set<Seen>();
  private edit: Edit | null = null;
  private proposed: Edit | null = null;
  kept: Kept = () => {};
  /** How often something was changed; undo and redo do not count. */
  commits = 0;
  private state: MatteState = {
    phase: "loading",
    problem: "",
    canUndo: false,
    canRedo: false,
    changed: false,
    proposal: null,
    busy: null,
    revision: 0,
  };

  constructor(
    readonly image: Size & { id: number },
    /** The mattes that it begins with; null is an empty one. */
    readonly base: Names,
  ) {
    this.planes = { alpha: emptyPlane(image), trimap: emptyPlane(image) };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): MatteState => this.state;

  /** Called with the pixels that have to be painted anew. */
  watch(seen: Seen): () => void {
    this.watchers.add(seen);
    return () => this.watchers.delete(seen);
  }

  /** What it begins with is here; `tiles` are what earlier pages had changed of it. */
  load(planes: Partial<Record<Layer, Plane>>, tiles: readonly Change[] = []): void {
    // Taken as they are: of 16 million pixels a copy is seen.
    Object.assign(this.planes, planes);
    for (const { layer, place, tile } of tiles) {
      this.restored.add(layer);
      this.remember(layer, place, packed(readTile(this.planes[layer], place)));
      this.write(layer, place, tile);
    }
    this.set({ phase: "ready", problem: "" });
  }

  fail(problem: string): void {
    this.set({ phase: "failed", problem });
  }

  reload(): void {
    this.set({ phase: "loading", problem: "" });
  }

  get isReady(): boolean {
    return this.state.phase === "ready";
  }

  /** What it takes in memory: its planes, what can be undone, and how it was. */
  get bytes(): number {
    const { alpha, trimap } = this.planes;
    return alpha.data.length + trimap.data.length + this.history.bytes + this.remembered;
  }

  /** Whether a layer differs from what it began with, as far as one can know without comparing all. */
  changes(layer: Layer): boolean {
    return this.restored.has(layer) || this.history.changes(layer);
  }

  /** Whether what is here is all that there is: no stroke goes on, and nothing is only proposed. */
  get isStill(): boolean {
    return this.isReady && !this.edit && !this.proposed && !this.state.busy;
  }

  isBlank(layer: Layer): boolean {
    return isBlank(this.planes[layer]);
  }

  /** Begins a stroke. Whether it may: not while something is proposed, or worked on. */
  begin(layer: Layer, what: string): boolean {
    if (!this.isReady || this.edit || this.proposed || this.state.busy) return false;
    this.edit = new Edit(layer, what, this.planes[layer]);
    return true;
  }

  paint(from: Dab, to: Dab, ink: Ink): void {
    if (this.edit) this.repaint(this.edit.layer, this.edit.paint(from, to, ink));
  }

  fill(points: readonly Point[], ink: Ink): void {
    if (this.edit) this.repaint(this.edit.layer, this.edit.fill(points, ink));
  }

  /** Ends the stroke: one step, if it changed anything. */
  finish(): boolean {
    const { edit } = this;
    this.edit = null;
    return edit !== null && this.commit(edit);
  }

  drop(): boolean {
    const { edit } = this;
    this.edit = null;
    edit?.drop().forEach((box) => this.repaint(edit.layer, box));
    return edit !== null;
  }

  /** Puts other pixels in the place of a layer's, as one step. */
  become(layer: Layer, plane: Plane, what: string): boolean {
    if (!this.isReady || this.edit || this.proposed) return false;
    const edit = new Edit(layer, what, this.planes[layer]);
    this.repaint(layer, edit.become(plane));
    return this.commit(edit);
  }

  propose(proposal: Proposal): boolean {
    if (!this.isReady || this.edit || this.state.busy) return false;
    this.reject();
    const { window, part, how, what } = proposal;
    this.proposed = new Edit("alpha", what, this.planes.alpha);
    this.repaint("alpha", this.proposed.lay(part, [window[0], window[1]], how));
    this.set({ proposal });
    return true;
  }

  /** `how`: where the part is to be met otherwise than it is shown. Whether anything came of it. */
  accept(how?: How): boolean {
    const { proposal } = this.state;
    if (!proposal || !this.proposed) return false;
    if (how && how !== proposal.how) this.propose({ ...proposal, how });
    const edit = this.proposed;
    this.proposed = null;
    this.set({ proposal: null });
    return this.commit(edit);
  }

  reject(): boolean {
    const { proposed } = this;
    this.proposed = null;
    proposed?.drop().forEach((box) => this.repaint("alpha", box));
    if (proposed) this.set({ proposal: null });
    return proposed !== null;
  }

  setBusy(busy: string | null): void {
    this.set({ busy });
  }

  /** What was done that is undone now; null where there is nothing. */
  undo(): string | null {
    return this.step((swap) => this.history.undo(swap));
  }

  redo(): string | null {
    return this.step((swap) => this.history.redo(swap));
  }

  /** All tiles that were changed since the image was opened, as they are now. `known`: those that are at hand already. */
  touched(known: readonly Change[] = []): Change[] {
    const has = { alpha: new Set<number>(), trimap: new Set<number>() };
    known.forEach(({ layer, place }) => has[layer].add(place));
    const rest = (Object.keys(this.planes) as Layer[]).flatMap((layer) =>
      [...this.original[layer].keys()]
        .filter((place) => !has[layer].has(place))
        .map((place) => this.tileOf(layer, place)),
    );
    return [...known, ...rest];
  }

  /** The alpha as it was when the image was opened. */
  before(): Plane {
    const plane = { ...this.image, data: this.planes.alpha.data.slice() };
    // What is only proposed, or not finished, lies uppermost.
    const loose = this.proposed ?? this.edit;
    if (loose?.layer === "alpha") loose.restore(plane);
    for (const [place, tile] of this.original.alpha) {
      writeTile(plane, place, unpacked(tile, areaOf(tileBox(place, plane))));
    }
    return plane;
  }

  private step(move: (swap: (step: Step) => Step) => Step | null): string | null {
    if (this.edit || this.proposed || this.state.busy) return null;
    const now: Change[] = [];
    const step = move(({ what, changes }) => ({
      what,
      changes: changes.map(({ layer, place, tile }) => {
        const other = packed(readTile(this.planes[layer], place));
        this.write(layer, place, tile);
        now.push({ layer, place, tile });
        return { layer, place, tile: other };
      }),
    }));
    if (!step) return null;
    this.stood(now);
    return step.what;
  }

  private commit(edit: Edit): boolean {
    const changes = edit.changes();
    if (!changes.length) return false;
    changes.forEach(({ layer, place, tile }) => this.remember(layer, place, tile));
    this.history.add({ what: edit.what, changes });
    this.commits += 1;
    this.stood(changes.map(({ layer, place }) => this.tileOf(layer, place)));
    return true;
  }

  private stood(changes: readonly Change[]): void {
    this.set({ revision: this.state.revision + 1 });
    this.kept(changes);
  }

  private tileOf(layer: Layer, place: number): Change {
    return { layer, place, tile: packed(readTile(this.planes[layer], place)) };
  }

  private remember(layer: Layer, place: number, tile: Tile): void {
    if (this.original[layer].has(place)) return;
    this.original[layer].set(place, tile);
    this.remembered += tileBytes(tile);
  }

  private write(layer: Layer, place: number, tile: Tile): void {
    const plane = this.planes[layer];
    const box = tileBox(place, plane);
    writeTile(plane, place, unpacked(tile, areaOf(box)));
    this.repaint(layer, box);
  }

  private repaint(layer: Layer, box: Box): void {
    this.watchers.forEach((seen) => seen(layer, box));
  }

  private set(part: Partial<MatteState>): void {
    const { canUndo, canRedo } = this.history;
    const changed = this.changes("alpha") || this.changes("trimap");
    this.state = { ...this.state, ...part, canUndo, canRedo, changed };
    this.listeners.forEach((listener) => listener());
  }
}

function areaOf([x1, y1, x2, y2]: Box): number {
  return (x2 - x1) * (y2 - y1);
}
