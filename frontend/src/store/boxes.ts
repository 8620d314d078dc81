import { sameBox } from "../shapes/box";
import type { Box, Size } from "../shapes/fit";
import { isShown, type Region } from "./regions";

/** How one region changed; null where it was not there before, or is not any more. */
export type Change = { before: Region | null; after: Region | null };
type Step = { changes: readonly Change[]; merge: string };

export type BoxesState = {
  regions: readonly Region[];
  selected: string | null;
  hidden: ReadonlySet<string>;
  locked: ReadonlySet<string>;
  /** What pre-labels have to reach to be in sight and to count. */
  confidence: number;
  canUndo: boolean;
  canRedo: boolean;
};

export const MOST_BOXES = 5000; // that the server takes on an image
const STEPS = 200;

/**
 * The boxes of one image, with undo. What changes is written down as sets of changes, each of which is done and undone
 * as one. Hiding, locking and choosing are looks, and no changes. Knows no DOM.
 */
export class BoxDocument {
  private state: BoxesState;
  private readonly listeners = new Set<() => void>();
  private done: Step[] = [];
  private undone: Step[] = [];
  /** How often something was changed; undo and redo do not count. */
  commits = 0;

  /** `restored`: the regions differ already from what stands on the server. */
  constructor(
    readonly image: Size & { id: number },
    regions: readonly Region[],
    confidence = 0,
    readonly restored = false,
  ) {
    this.state = {
      regions,
      selected: null,
      hidden: new Set(),
      locked: new Set(),
      confidence,
      canUndo: false,
      canRedo: false,
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): BoxesState => this.state;

  /** Whether anything is here that the server does not know. */
  get changed(): boolean {
    return this.restored || this.done.length > 0;
  }

  region(id: string | null): Region | undefined {
    return id === null ? undefined : this.state.regions.find((region) => region.id === id);
  }

  get selected(): Region | undefined {
    return this.region(this.state.selected);
  }

  /** What can be seen, and so be pointed at. */
  get shown(): Region[] {
    const { regions, hidden, confidence } = this.state;
    return regions.filter((region) => isShown(region, confidence) && !hidden.has(region.id));
  }

  isHidden(id: string): boolean {
    return this.state.hidden.has(id);
  }

  isLocked(id: string): boolean {
    return this.state.locked.has(id);
  }

  /** Adds boxes of the person's own, and selects the last one; ids are theirs to make. */
  add(boxes: readonly { id: string; category: string; bbox: Box }[]): boolean {
    const room = MOST_BOXES - this.state.regions.filter(({ decision }) => decision === "kept").length;
    if (!boxes.length || boxes.length > room) return false;
    const order = this.nextOrder();
    const after = boxes.map((box, n): Region => ({ ...box, order: order + n, decision: "kept" }));
    this.commit(
      after.map((region) => ({ before: null, after: region })),
      { select: after.at(-1)!.id },
    );
    return true;
  }

  /** Changes a region, if it is not locked: a pre-label that is touched is the person's from then on. */
  change(id: string, part: Partial<Pick<Region, "bbox" | "category">>, merge = ""): boolean {
    const region = this.region(id);
    if (!region || this.isLocked(id)) return false;
    const after: Region = { ...region, ...part, decision: "kept" };
    const same = sameBox(after.bbox, region.bbox, 0) && after.category === region.category;
    // Naming a pre-label what it is called already accepts it; one that cannot move further is as it was.
    if (same && (region.decision === "kept" || !part.category)) return true;
    this.commit([{ before: region, after }], { merge: merge && `${merge} ${id}` });
    return true;
  }

  /** Whether all of them are decided now: what is locked may be kept as it is, but is not rejected. */
  decide(ids: readonly string[], decision: Region["decision"]): boolean {
    const wanted = new Set(decision === "rejected" ? ids.filter((id) => !this.isLocked(id)) : ids);
    const changes = this.state.regions
      .filter((region) => wanted.has(region.id) && region.decision !== decision)
      .map((region) => ({ before: region, after: { ...region, decision } }));
    this.commit(changes);
    return wanted.size === ids.length;
  }

  /** Takes a region away; one that the model had found is a rejected one. */
  remove(id: string): boolean {
    const region = this.region(id);
    if (!region || this.isLocked(id)) return false;
    this.commit([{ before: region, after: region.said ? { ...region, decision: "rejected" } : null }]);
    return true;
  }

  undo(): readonly Change[] | null {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    this.apply(step.changes.map(({ before, after }) => ({ before: after, after: before })));
    return step.changes;
  }

  redo(): readonly Change[] | null {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push({ ...step, merge: "" });
    this.apply(step.changes);
    return step.changes;
  }

  select(id: string | null): void {
    if (id !== this.state.selected) this.set({ selected: id });
  }

  /** Whether it is so now. A hidden box stays chosen: the same key shows it again. */
  toggle(which: "hidden" | "locked", id: string): boolean {
    const next = new Set(this.state[which]);
    const isOn = !next.delete(id);
    if (isOn) next.add(id);
    this.set({ [which]: next });
    return isOn;
  }

  setConfidence(confidence: number): void {
    const { selected } = this;
    const gone = selected && !isShown(selected, confidence);
    this.set({ confidence, ...(gone ? { selected: null } : {}) });
  }

  private commit(changes: readonly Change[], how: { merge?: string; select?: string } = {}): void {
    if (!changes.length) return;
    const { merge = "", select } = how;
    const last = this.done.at(-1);
    if (merge && last?.merge === merge && last.changes.length === 1 && changes.length === 1) {
      // A row of nudges is one step.
      this.done[this.done.length - 1] = {
        merge,
        changes: [{ ...changes[0]!, before: last.changes[0]!.before }],
      };
    } else {
      this.done = [...this.done.slice(1 - STEPS), { changes, merge }];
    }
    this.undone = [];
    this.commits += 1;
    this.apply(changes, select);
  }

  private apply(changes: readonly Change[], select?: string): void {
    const changed = new Map(changes.map((change) => [(change.before ?? change.after)!.id, change]));
    const regions = this.state.regions.flatMap((region) => {
      const change = changed.get(region.id);
      if (!change) return [region];
      changed.delete(region.id);
      return change.after ? [change.after] : [];
    });
    const fresh = [...changed.values()].flatMap(({ after }) => (after ? [after] : []));
    if (fresh.length) regions.push(...fresh);
    if (fresh.length) regions.sort((a, b) => a.order - b.order);
    const selected = select ?? this.state.selected;
    const there = regions.some(({ id, decision }) => id === selected && decision !== "rejected");
    this.set({ regions, selected: there ? selected : null });
  }

  private nextOrder(): number {
    return (this.state.regions.at(-1)?.order ?? -1) + 1;
  }

  private set(part: Partial<BoxesState>): void {
    this.state = { ...this.state, ...part, canUndo: this.done.length > 0, canRedo: this.undone.length > 0 };
    this.listeners.forEach((listener) => listener());
  }
}
