import { around, isLargeEnough } from "../shapes/box";
import type { Point } from "../shapes/view";
import { apart, type Bench, finish, type Press, type Tool } from "./tool";

const POINTS = 4;

/** A box by the top, left, bottom and right point of the thing, in any order ("Extreme clicking", Papadopoulos et al. 2017). */
export class Extremes implements Tool {
  private points: Point[] = [];
  private from: Point | null = null;

  constructor(private readonly bench: Bench) {}

  down({ at }: Press): void {
    this.from = at;
  }

  move({ at }: Press): void {
    if (this.points.length) this.show([...this.points, at]);
  }

  up({ at, slack }: Press): void {
    const { from } = this;
    this.from = null;
    // A slip of the hand is a click at where it began; twice the same point would be one for want of another.
    if (!from) return;
    const point = apart(from, at) <= slack ? from : at;
    if (this.points.some((one) => apart(one, point) === 0)) return;
    this.points.push(point);
    if (this.points.length < POINTS) return this.show(this.points);
    const box = around(this.points, this.bench.document.image);
    this.cancel();
    if (isLargeEnough(box)) finish(this.bench, box);
    else this.bench.say("The four points make no box: click the top, left, bottom and right of the thing.");
  }

  interrupt(): void {
    this.from = null;
  }

  /** Takes the last point back first. */
  back(): boolean {
    if (!this.points.pop()) return false;
    this.show(this.points);
    return true;
  }

  cancel(): boolean {
    const had = this.points.length > 0;
    this.points = [];
    this.from = null;
    this.bench.preview.set(null);
    return had;
  }

  private show(points: readonly Point[]): void {
    const box = points.length > 1 ? around(points, this.bench.document.image) : undefined;
    this.bench.preview.set(points.length ? { points: [...this.points], ...(box ? { box } : {}) } : null);
  }
}
