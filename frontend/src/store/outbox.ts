import { type Label, labelOf, same } from "./labels";
import type { Size } from "../shapes/fit";
import type { MatteFile } from "./workshop";

/**
 * What the labeler did and the server does not know yet, in order. It is written down before it is sent, so a closed
 * tab, a lost network or an expired login loses nothing; sending again is harmless, for every submit has its uuid.
 */
export type Operation = {
  id: number;
  project: number;
  image: number;
  method: "PUT" | "POST" | "DELETE";
  path: string;
  body?: unknown;
  /** What the body names by its SHA-256, and the server has to have before. */
  files?: readonly MatteFile[];
  /** Of the image, for people. */
  name?: string;
  size?: Size;
  /** Why the server did not take it, where the person has to say what becomes of it. */
  refusal?: Refusal;
};

/** The label that stands on an image: `uuid` where it is mine to replace. */
export type Standing = { uuid: string | null; result: Label; mine: boolean };
/** `current`: what a submit contradicts; null where that is nothing, or not for this person to know. */
export type Refusal = { detail: string; current?: Standing | null };
export type Sent = Refusal & { status: number };

/** How many wait, how many of them are written down and outlive this page, and whether the server can be reached. */
export type Saving = { waiting: number; kept: number; reachable: boolean };

export interface Shelf {
  /** False when earlier pages left nothing: known at once, where reading the shelf may take half a second. */
  maybe(): boolean;
  all(): Promise<Operation[]>;
  /** Resolves when it is written for good; rejects where nothing can be. */
  put(operation: Operation): Promise<void>;
  delete(id: number): Promise<void>;
}

export type OutboxEvents = {
  /** After every change. */
  changed(saving: Saving): void;
  /** The server refused one for good. */
  refused(operation: Operation, answer: Sent): void;
  /** A submit contradicts what the server has; not `held`: they say the same. */
  contradicted(operation: Operation, current: Standing | null, held: boolean): void;
  /** What waits for the person to decide has changed. */
  held(operations: readonly Operation[]): void;
  /** Nobody is signed in: sending stops until `flush`. */
  signedOut(): void;
};

const RETRY_MS = [500, 1000, 2000, 5000, 10000];

export class Outbox {
  private waiting: Operation[] = [];
  private held: Operation[] = [];
  private readonly written = new Set<number>();
  private busy = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;

  constructor(
    private readonly shelf: Shelf,
    private readonly send: (operation: Operation) => Promise<Sent>,
    private readonly events: OutboxEvents,
  ) {}

  /** Take up what an earlier page left behind, and try to send it. */
  async open(): Promise<void> {
    const known = new Set([...this.waiting, ...this.held].map((operation) => operation.id));
    const all = (await this.shelf.all()).filter((operation) => !known.has(operation.id));
    const left = all.filter((operation) => !operation.refusal);
    this.hold([...all.filter((operation) => operation.refusal), ...this.held]);
    this.waiting = [...left.sort((a, b) => a.id - b.id), ...this.waiting];
    left.forEach((operation) => this.written.add(operation.id));
    this.announce();
    await this.flush();
  }

  /** Images that are labeled or skipped as far as the person is concerned, though the server has not heard of it. */
  settled(): Set<number> {
    const labels = this.waiting.filter((operation) => !isComment(operation));
    const last = new Map(labels.map((operation) => [operation.image, operation]));
    return new Set(
      [...last.values()]
        .filter((one) => one.method === "PUT" || one.path.endsWith("/skip/"))
        .map((one) => one.image),
    );
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Comments on an image that the server has not heard of. */
  comments(image: number): Operation[] {
    return this.waiting.filter((operation) => operation.image === image && isComment(operation));
  }

  /** Whether something would be lost with the page: neither sent nor written down. */
  get unsafe(): boolean {
    return this.waiting.some((operation) => !this.written.has(operation.id));
  }

  add(operation: Omit<Operation, "id">): void {
    // Later than every one before, in this page and in those before it.
    this.last = Math.max(Date.now() * 1000, this.last + 1);
    const numbered = { ...operation, id: this.last };
    this.waiting.push(numbered);
    this.shelf.put(numbered).then(
      () => {
        this.written.add(numbered.id);
        this.announce();
      },
      () => {},
    );
    // Whoever labels an image anew has chosen.
    if (operation.method === "PUT") this.letGo((one) => one.image === operation.image && !isComment(one));
    this.announce();
    void this.flush();
  }

  /** Send what waits, one after another. */
  async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.waiting[0]) {
        if (!(await this.sendOne(this.waiting[0]))) break;
      }
    } finally {
      this.busy = false;
      this.announce();
    }
  }

  private async sendOne(operation: Operation): Promise<boolean> {
    let answer: Sent;
    try {
      answer = await this.send(operation);
    } catch {
      return this.later();
    }
    if (answer.status === 401) {
      this.events.signedOut();
      return false;
    }
    if (answer.status >= 500 || answer.status === 429) return this.later();
    this.failures = 0;
    this.waiting.shift();
    this.written.delete(operation.id);
    if (answer.status < 400 || !(await this.keep(operation, answer))) {
      await this.shelf.delete(operation.id);
      if (answer.status >= 400) this.refuse(operation, answer);
    }
    this.announce();
    return true;
  }

  /** Whether the person is to decide: a comment is never dropped, nor a label that contradicts the one that stands. */
  private async keep(operation: Operation, { status, detail, current }: Sent): Promise<boolean> {
    if (isComment(operation)) {
      this.hold([...this.held, { ...operation, refusal: { detail } }]);
    } else {
      if (operation.method !== "PUT" || status !== 409 || current === undefined) return false;
      // Of several submits for an image the last one counts; two that say the same contradict nothing.
      if (this.waiting.some((one) => one.image === operation.image && one.method === "PUT")) return false;
      const differs = !current?.mine || !same(current.result, resultOf(operation));
      this.events.contradicted(operation, current, differs);
      if (!differs) return false;
      this.letGo((one) => one.image === operation.image && !isComment(one));
      this.hold([...this.held, { ...operation, refusal: { detail, current } }]);
    }
    await this.shelf.put(this.held.at(-1)!).catch(() => {});
    return true;
  }

  private refuse(operation: Operation, answer: Sent): void {
    if (operation.method === "PUT" && answer.status === 409 && answer.current !== undefined) return;
    // Undone before it was decided: the server has never had it.
    const undone = (one: Operation) => operation.method === "DELETE" && one.path.endsWith(tail(operation));
    if (this.held.some(undone)) this.letGo(undone);
    else this.events.refused(operation, answer);
  }

  /** Send what was held after all (`again` says how), or drop it. */
  decide(id: number, again: Omit<Operation, "id"> | null): void {
    if (again) this.add(again);
    this.letGo((operation) => operation.id === id);
  }

  private letGo(which: (operation: Operation) => boolean): void {
    const gone = this.held.filter(which);
    if (!gone.length) return;
    this.hold(this.held.filter((operation) => !which(operation)));
    gone.forEach((operation) => void this.shelf.delete(operation.id));
  }

  private hold(operations: Operation[]): void {
    this.held = operations;
    this.events.held(operations);
  }

  private later(): false {
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => void this.flush(), wait);
    this.announce();
    return false;
  }

  private announce(): void {
    const kept = this.waiting.filter((operation) => this.written.has(operation.id)).length;
    this.events.changed({ waiting: this.waiting.length, kept, reachable: this.failures === 0 });
  }
}

export function isComment({ path }: Pick<Operation, "path">): boolean {
  return path.endsWith("/comments/");
}

export function resultOf({ body }: Pick<Operation, "body">): Label | null {
  return labelOf((body as { result?: unknown } | undefined)?.result);
}

/** `annotations/<uuid>/`, which a submit and its undoing have in common. */
function tail({ path }: Operation): string {
  return path.split("/").slice(-3).join("/");
}
