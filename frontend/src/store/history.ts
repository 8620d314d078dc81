import { type Tile } from "../shapes/tiles";

export type Layer = "alpha" | "trimap";
/** A tile that a step has changed, as it is on the other side of the step. */
export type Change = { layer: Layer; place: number; tile: Tile };
export type Step = { what: string; changes: readonly Change[] };

const LEAST = 100;
const MOST = 400;
const BUDGET = 256 * 2 ** 20; // bytes: beyond a hundred steps the oldest go for it

/** What can be undone and redone of mattes: the tiles that each step has touched. */
export class History {
  private done: Step[] = [];
  private undone: Step[] = [];
  private held = 0;

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** What the steps take in memory. */
  get bytes(): number {
    return this.held;
  }

  /** What the steps have changed that stand. */
  changes(layer: Layer): boolean {
    return (
      this.forgotten.has(layer) || this.done.some((step) => step.changes.some((one) => one.layer === layer))
    );
  }

  private readonly forgotten = new Set<Layer>();

  add(step: Step): void {
    this.undone.forEach((old) => (this.held -= bytesOf(old)));
    this.undone = [];
    this.done.push(step);
    this.held += bytesOf(step);
    while (this.done.length > MOST || (this.done.length > LEAST && this.held > BUDGET)) {
      const old = this.done.shift()!;
      this.held -= bytesOf(old);
      old.changes.forEach(({ layer }) => this.forgotten.add(layer));
    }
  }

  /** `swap` puts a step's tiles in their places, and gives what stood there. */
  undo(swap: (step: Step) => Step): Step | null {
    return this.move(this.done, this.undone, swap);
  }

  redo(swap: (step: Step) => Step): Step | null {
    return this.move(this.undone, this.done, swap);
  }

  private move(from: Step[], to: Step[], swap: (step: Step) => Step): Step | null {
    const step = from.pop();
    if (!step) return null;
    const other = swap(step);
    this.held += bytesOf(other) - bytesOf(step);
    to.push(other);
    return step;
  }
}

function bytesOf({ changes }: Step): number {
  return changes.reduce((sum, { tile }) => sum + tileBytes(tile), 0);
}

export function tileBytes(tile: Tile): number {
  return typeof tile === "number" ? 8 : tile.length;
}
