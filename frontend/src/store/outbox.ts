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
};

export type Sent = { status: number; detail: string };

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
  /** Nobody is signed in: sending stops until `flush`. */
  signedOut(): void;
};

const RETRY_MS = [500, 1000, 2000, 5000, 10000];

export class Outbox {
  private waiting: Operation[] = [];
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
    const known = new Set(this.waiting.map((operation) => operation.id));
    const left = (await this.shelf.all()).filter((operation) => !known.has(operation.id));
    this.waiting = [...left.sort((a, b) => a.id - b.id), ...this.waiting];
    left.forEach((operation) => this.written.add(operation.id));
    this.announce();
    await this.flush();
  }

  /** Images that are labeled or skipped as far as the person is concerned, though the server has not heard of it. */
  settled(): Set<number> {
    const last = new Map(this.waiting.map((operation) => [operation.image, operation]));
    return new Set(
      [...last.values()]
        .filter((one) => one.method === "PUT" || one.path.endsWith("/skip/"))
        .map((one) => one.image),
    );
  }

  get size(): number {
    return this.waiting.length;
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
    await this.shelf.delete(operation.id);
    if (answer.status >= 400) this.events.refused(operation, answer);
    this.announce();
    return true;
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
