import { between, isLargeEnough } from "../shapes/box";
import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";
import { apart, type Bench, finish, type Press, type Tool } from "./tool";

/** A box from corner to corner: by a drag, or by two clicks. */
export class Draw implements Tool {
  private from: Point | null = null;
  /** The first click is over, and the second one is awaited. */
  private clicked = false;

  constructor(
    protected readonly bench: Bench,
    private readonly done: (box: Box) => void = (box) => void finish(bench, box),
  ) {}

  down({ at }: Press): void {
    if (!this.clicked) this.from = at;
    this.show(at);
  }

  move({ at }: Press, held: boolean): void {
    if (this.from && (held || this.clicked)) this.show(at);
  }

  up({ at, slack }: Press): void {
    if (!this.from) return;
    if (apart(this.from, at) <= slack) {
      // A click, and no drag: the other corner follows. A second one at the same place means nothing.
      this.clicked = true;
      return;
    }
    const box = between(this.from, at, this.bench.document.image);
    this.cancel();
    if (isLargeEnough(box)) this.done(box);
  }

  interrupt(): void {
    if (!this.clicked) this.cancel();
  }

  cancel(): boolean {
    const had = this.from !== null;
    this.from = null;
    this.clicked = false;
    this.bench.preview.set(null);
    return had;
  }

  private show(at: Point): void {
    this.bench.preview.set({ box: between(this.from!, at, this.bench.document.image) });
  }
}
