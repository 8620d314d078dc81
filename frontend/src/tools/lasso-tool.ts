import { apart, type Press, type Tool } from "./tool";
import type { Point } from "../shapes/view";
import { inkOf } from "./paint-tool";
import { type MatteBench, PAINTS, refusalOf } from "./matte-tool";

/** An outline by hand, filled when the pointer is lifted; with Control it erases. */
export class LassoTool implements Tool {
  private points: Point[] = [];
  private other = false;

  constructor(private readonly bench: MatteBench) {}

  down({ at, other }: Press): void {
    const refused = refusalOf(this.bench.document);
    if (refused) return this.bench.say(refused);
    this.bench.reveal(PAINTS.lasso!.layer);
    this.points = [at];
    this.other = Boolean(other);
  }

  move({ at, slack }: Press, held: boolean): void {
    const last = this.points.at(-1);
    if (!held || !last || apart(last, at) < slack / 3) return;
    this.points = [...this.points, at];
    this.bench.preview.set({ outline: this.points });
  }

  up(): void {
    const { document, brush, say } = this.bench;
    const outline = this.points;
    this.cancel();
    const paint = PAINTS.lasso!;
    if (outline.length < 3 || !document.begin(paint.layer, paint.name)) return;
    document.fill(outline, { ...inkOf(paint, brush(), this.other), hardness: 1 });
    if (document.finish()) say(this.other ? "Lasso erased." : "Lasso filled.");
  }

  finish(): boolean {
    const had = this.points.length > 0;
    this.up();
    return had;
  }

  interrupt(): void {
    this.cancel();
  }

  cancel(): boolean {
    const had = this.points.length > 0;
    this.points = [];
    this.bench.preview.set(null);
    return had;
  }
}
