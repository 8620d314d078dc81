import { between, isLargeEnough } from "../shapes/box";
import type { Point } from "../shapes/view";
import { type MatteBench, refusalOf } from "./matte-tool";
import { apart, type Press, type Tool } from "./tool";

/** A click on a thing, or a rough drag around it: what the server finds there is proposed. */
export class SegmentTool implements Tool {
  private from: Point | null = null;

  constructor(private readonly bench: MatteBench) {}

  down({ at }: Press): void {
    const { document, say } = this.bench;
    // Another click asks for something else than what is proposed.
    const refused = document.snapshot().proposal ? "" : refusalOf(document);
    if (refused) return say(refused);
    this.from = at;
  }

  move({ at }: Press, held: boolean): void {
    if (held && this.from) this.bench.preview.set({ box: between(this.from, at, this.bench.document.image) });
  }

  up({ at, slack }: Press): void {
    const { from } = this;
    this.cancel();
    if (!from) return;
    const { width, height } = this.bench.document.image;
    const box = between(from, at, { width, height });
    const inside = from.x >= 0 && from.y >= 0 && from.x < width && from.y < height;
    if (apart(from, at) > slack && isLargeEnough(box)) this.bench.segment({ box });
    else if (inside) this.bench.segment({ point: from });
  }

  interrupt(): void {
    this.cancel();
  }

  cancel(): boolean {
    const had = this.from !== null;
    this.from = null;
    this.bench.preview.set(null);
    return had;
  }
}
