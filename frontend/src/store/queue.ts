import { cameBack, type Entry, entryOf, isOpen, nextOpen } from "./entry";
import type { NextItem } from "../api/client";
import type { Size } from "../shapes/fit";
import { type Label, same } from "./labels";
import type { Operation, Standing } from "./outbox";
import { FIRST, type QueuePorts, type QueueState } from "./queue-types";

/** `lead`: for how many milliseconds the image had been seen. */
type Step = { image: number; before: Entry; after: Entry; lead: number };

const AHEAD = FIRST - 1;
const MOST = 50;
const RECENT = 20;

/** The labeler's queue: what was done, what is on screen, what comes. Knows no DOM and no network. */
export class Queue {
  private state: QueueState = {
    entries: [],
    index: 0,
    settled: 0,
    phase: "loading",
    problem: "",
    canUndo: false,
    canRedo: false,
  };
  private readonly listeners = new Set<() => void>();
  private readonly done: Step[] = [];
  private undone: Step[] = [];
  private fetching = false;
  private exhausted = false;
  private shownAt = 0;
  private seenFor = 0;
  private onScreen: number | null = null;
  /** For how many milliseconds images were seen that are not on screen now, and not settled. */
  private readonly seenBefore = new Map<number, number>();
  private readonly begun = new Set<number>();
  private hidden = false;
  /** How long each of the last labels took. */
  private times: number[] = [];

  constructor(private readonly ports: QueuePorts) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): QueueState => this.state;

  get current(): Entry | undefined {
    return this.state.entries[this.state.index];
  }

  /** Fetch until enough images wait behind the one on screen. */
  async fill(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      // Whoever labels faster than images come is a few behind again when they have come.
      while (this.openCount() <= AHEAD && (await this.fetchMore()));
    } catch (error) {
      this.set({
        problem: error instanceof Error ? error.message : String(error),
        phase: this.current ? "ready" : "failed",
      });
    } finally {
      this.fetching = false;
    }
  }

  /** Whether any came. */
  private async fetchMore(): Promise<boolean> {
    // The server counts what I hold, be it open, refused or not yet heard of as labeled: ask for as many more.
    const refused = this.state.entries.filter((entry) => entry.error !== null).length;
    const wanted = FIRST + refused + this.ports.unsent();
    const { items, more } = await this.ports.fetchNext(Math.min(MOST, wanted));
    const known = new Set(this.state.entries.map((entry) => entry.item.image.id));
    const fresh = items.filter((item) => !known.has(item.image.id));
    this.exhausted = fresh.length === 0 && !more;
    // What waits unseen shows what the model has said in the meantime.
    const newer = new Map(items.map((item) => [item.image.id, item]));
    const held = this.state.entries.map((entry, index) => {
      const item = newer.get(entry.item.image.id);
      if (item && cameBack(item, entry)) return entryOf(item);
      return item && index > this.state.index && isOpen(entry) ? { ...entry, item } : entry;
    });
    const first = held.length === 0;
    const entries = [...held, ...fresh.map(entryOf)];
    fresh.forEach((item, n) => void this.ports.preload(item.image.id, first && n === 0));
    // Somebody who looks at an earlier image stays there.
    const stays = !first && entries[this.state.index];
    const index = stays ? this.state.index : nextOpen(entries, this.state.index - 1);
    const empty = this.current === undefined;
    this.set({ entries, index, problem: "" });
    if (empty) this.show();
    return fresh.length > 0;
  }

  private openCount(): number {
    return this.state.entries.filter(isOpen).length;
  }

  /** The server has heard of everything now: fetch what it could not hand out while it had not. */
  async resume(): Promise<void> {
    if (!this.exhausted) await this.fill();
  }

  /** Label the image on screen, and go on to the next. Labeling one again corrects it. `shownFrom`: see `Entry`; `files`: see
   * `Operation`. */
  submit(result: Label, shownFrom?: number, files?: Operation["files"]): void {
    const entry = this.current;
    if (!entry || same(entry.result, result)) {
      if (entry) this.advance();
      return;
    }
    const after = { ...entry, result, shownFrom, uuid: this.ports.uuid() };
    this.perform(entry, { ...after, skipped: false, error: null, conflict: false }, { files });
    this.advance();
  }

  /** The label of the image before the one on screen: in the film, of those labeled here, else of any. */
  before(): Label | null {
    const before = this.state.entries.slice(0, this.state.index).filter((entry) => entry.result !== null);
    const frame = before.findLast((entry) => !entry.earlier) ?? before.at(-1);
    return frame?.result ?? this.done.findLast((step) => step.after.result !== null)?.after.result ?? null;
  }

  /** The same, also where nothing was labeled since the page was opened: then what this person labeled last. */
  async lastLabel(): Promise<Label | null> {
    return this.before() ?? (await this.ports.lastLabel());
  }

  /** Label the image on screen as the one before it; null where there is none, or the person has gone on meanwhile. */
  async repeat(): Promise<Label | null> {
    const image = this.current?.item.image.id;
    // What is known is taken at once: the next key is about the next image.
    const last = this.before() ?? (await this.lastLabel());
    if (last === null || this.current?.item.image.id !== image) return null;
    this.submit(last);
    return last;
  }

  /** Something is begun on an image: its lease stays when the page goes. `spent`: milliseconds that earlier pages counted. */
  begin(image: number, spent = 0): void {
    this.begun.add(image);
    if (spent > this.spent(image)) this.count(image, spent);
  }

  /** Nothing is begun on it any more. */
  settle(image: number): void {
    this.begun.delete(image);
  }

  /** Brings an image in behind the one on screen. */
  bring(item: NextItem): void {
    if (this.place(item.image.id) >= 0) return;
    const { entries, index } = this.state;
    const at = index + (this.current ? 1 : 0);
    void this.ports.preload(item.image.id, false);
    this.set({ entries: [...entries.slice(0, at), entryOf(item), ...entries.slice(at)] });
    if (this.onScreen === null) this.show();
  }

  /** What is on the image has been changed since a submit was undone: doing that again would lose the change. */
  edited(image: number): void {
    if (this.undone.at(-1)?.image !== image) return;
    this.undone = [];
    this.set({});
  }

  /** What is labeled, or not leased to this person, cannot be skipped. */
  get canSkip(): boolean {
    const entry = this.current;
    return !!entry?.item.assignment && entry.result === null && !entry.skipped;
  }

  /** Whether it was. */
  skip(reason: string): boolean {
    const entry = this.current;
    if (!entry || !this.canSkip) return false;
    this.perform(entry, { ...entry, skipped: true, error: null }, { reason });
    this.advance();
    return true;
  }

  undo(): Entry | undefined {
    const step = this.done.pop();
    if (!step) return undefined;
    this.undone.push(step);
    this.revert(step);
    this.count(step.image, step.lead);
    this.goTo(this.place(step.image));
    return this.current;
  }

  /** The image that something was done to again. */
  redo(): number | null {
    const step = this.undone.pop();
    if (!step) return null;
    const remaining = this.undone;
    const entry = this.state.entries[this.place(step.image)];
    if (entry) {
      this.count(step.image, step.lead);
      this.perform(entry, { ...step.after, uuid: step.after.uuid && this.ports.uuid() });
    }
    this.undone = remaining;
    this.goTo(this.place(step.image));
    this.advance();
    return step.image;
  }

  goTo(index: number): void {
    if (index < 0 || index >= this.state.entries.length || index === this.state.index) return;
    this.set({ index });
    this.show();
  }

  /** Bring an image that was labeled earlier back on screen, at the film's beginning. */
  reopen(item: NextItem): void {
    const at = this.place(item.image.id);
    if (at >= 0) return this.goTo(at);
    this.set({
      entries: [{ ...entryOf(item), earlier: true }, ...this.state.entries],
      index: this.state.index + 1,
    });
    this.goTo(0);
  }

  /** What was sent for an image contradicts what stands there; until the person chooses, it is as the server has it. */
  contradict(image: number, current: Standing | null): void {
    const before = this.takeStep(image)?.before;
    this.replace(image, (entry) => ({ ...standing(before ?? entry, current), conflict: true }));
  }

  /** The person has chosen: what stands on the image now, be it what the server has or what is sent again. */
  choose(image: number, current: Standing | null): void {
    this.takeStep(image);
    this.replace(image, (entry) => ({ ...standing(entry, current), conflict: false }));
  }

  /** Somebody said something about the image. */
  commented(image: number): void {
    this.replace(image, (entry) => ({ ...entry, item: { ...entry.item, commented: true } }));
  }

  /** The server refused what was sent for an image: it is as it was before, says why, and waits to be labeled again. */
  refuse(image: number, detail: string): void {
    const before = this.takeStep(image)?.before;
    this.replace(image, (entry) => ({ ...(before ?? entry), error: detail }));
  }

  /** The last thing done to an image, which can be undone no more. */
  private takeStep(image: number): Step | undefined {
    const at = this.done.findLastIndex((step) => step.image === image);
    return at < 0 ? undefined : this.done.splice(at, 1)[0];
  }

  /** Time counts while the page is visible. */
  setVisible(visible: boolean): void {
    if (visible === !this.hidden) return;
    this.seenFor = this.openFor();
    this.hidden = !visible;
    this.shownAt = this.ports.now();
  }

  /** For how many milliseconds the image on screen has been seen, since it was labeled last. */
  openFor(): number {
    return Math.max(0, this.seenFor + (this.hidden ? 0 : this.ports.now() - this.shownAt));
  }

  /** The same of any image. */
  spent(image: number): number {
    return image === this.onScreen ? this.openFor() : (this.seenBefore.get(image) ?? 0);
  }

  /** Labels an hour, by the last ones; null while there are too few to say. */
  pace(): number | null {
    const sum = this.times.reduce((total, time) => total + time, 0);
    return this.times.length < 3 || sum === 0 ? null : (3_600_000 * this.times.length) / sum;
  }

  leases(): number[] {
    return this.state.entries
      .filter(isOpen)
      .flatMap((entry) => (entry.item.assignment ? [entry.item.assignment.id] : []));
  }

  /** Leases of images on which nothing is begun. */
  idle(): number[] {
    const begun = this.state.entries.filter((entry) => this.begun.has(entry.item.image.id));
    const kept = new Set(begun.map(({ item }) => item.assignment?.id));
    return this.leases().filter((lease) => !kept.has(lease));
  }

  private perform(
    entry: Entry,
    after: Entry,
    { reason = "", files }: { reason?: string; files?: Operation["files"] } = {},
  ): void {
    const image = entry.item.image.id;
    const lead = Math.round(this.spent(image));
    this.done.push({ image, before: entry, after, lead });
    this.undone = [];
    this.count(image, 0);
    this.replace(image, () => after);
    const assignment = entry.item.assignment?.id;
    if (after.skipped) {
      this.ports.enqueue({
        image,
        method: "POST",
        path: `/api/assignments/${assignment}/skip/`,
        body: { reason },
      });
      return;
    }
    this.times = [...this.times.slice(1 - RECENT), lead];
    this.ports.enqueue({
      image,
      name: entry.item.image.name,
      ...(after.result?.boxes ? { size: sizeOf(entry) } : {}),
      ...(files?.length ? { files } : {}),
      method: "PUT",
      path: `/api/images/${image}/annotations/${after.uuid}/`,
      body: {
        result: after.result,
        lead_time_ms: lead,
        ...(after.shownFrom === undefined ? {} : { shown_from: after.shownFrom }),
        ...(entry.uuid ? { replaces: entry.uuid } : { assignment }),
      },
    });
  }

  private revert(step: Step): void {
    const { image, before, after } = step;
    if (after.skipped) {
      this.ports.enqueue({
        image,
        method: "POST",
        path: `/api/assignments/${before.item.assignment?.id}/undo_skip/`,
      });
    } else {
      this.ports.enqueue({ image, method: "DELETE", path: `/api/annotations/${after.uuid}/` });
    }
    this.replace(image, () => before);
  }

  private advance(): void {
    const index = nextOpen(this.state.entries, this.state.index);
    this.set({ index });
    this.show();
    void this.fill();
  }

  private show(): void {
    if (this.onScreen !== null) this.seenBefore.set(this.onScreen, this.openFor());
    this.onScreen = this.current?.item.image.id ?? null;
    this.shownAt = this.ports.now();
    this.seenFor = (this.onScreen !== null && this.seenBefore.get(this.onScreen)) || 0;
  }

  /** An image has been seen for so long so far. */
  private count(image: number, spent: number): void {
    this.seenBefore.set(image, spent);
    if (image !== this.onScreen) return;
    this.shownAt = this.ports.now();
    this.seenFor = spent;
  }

  private place(image: number): number {
    return this.state.entries.findIndex((entry) => entry.item.image.id === image);
  }

  private replace(image: number, change: (entry: Entry) => Entry): void {
    this.set({
      entries: this.state.entries.map((entry) => (entry.item.image.id === image ? change(entry) : entry)),
    });
  }

  private set(change: Partial<QueueState>): void {
    const next = { ...this.state, ...change, canUndo: this.done.length > 0, canRedo: this.undone.length > 0 };
    next.settled = next.entries.filter(
      (entry) => !entry.earlier && (entry.result !== null || entry.skipped),
    ).length;
    const here = next.entries[next.index];
    if (!change.phase) next.phase = here ? "ready" : this.exhausted ? "empty" : "loading";
    this.state = next;
    this.listeners.forEach((listener) => listener());
  }
}

/** To draw its boxes by. */
function sizeOf({ item }: Entry): Size {
  return { width: item.image.width, height: item.image.height };
}

/** An entry as what stands on its image makes it. */
function standing(entry: Entry, current: Standing | null): Entry {
  return { ...entry, result: current?.result ?? null, uuid: current?.uuid ?? null, error: null };
}
