import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";
import { Draw } from "./draw";
import { apart, type Bench, finish, type Press, type Tool } from "./tool";

const ROUGH = 0.04; // of the image's longer side: what a click gets until there is an answer, or none

/** A click on a thing, or a rough drag around it; the server finds its box. What was rough stays where it finds none. */
export class Snap implements Tool {
  private readonly draw: Draw;
  private from: Point | null = null;

  constructor(private readonly bench: Bench) {
    this.draw = new Draw(bench, (box) => void this.find(box, { box }));
  }

  down(press: Press): void {
    this.from = press.at;
    this.draw.down(press);
  }

  move(press: Press, held: boolean): void {
    if (held) this.draw.move(press, true);
  }

  up(press: Press): void {
    const { from } = this;
    this.from = null;
    if (!from) return;
    if (apart(from, press.at) > press.slack) return this.draw.up(press);
    this.draw.cancel();
    const { width, height } = this.bench.document.image;
    const half = (Math.max(width, height) * ROUGH) / 2;
    const { x, y } = from;
    if (x < 0 || y < 0 || x > width || y > height) return;
    const rough: Box = [
      Math.max(0, x - half), Math.max(0, y - half), Math.min(width, x + half), Math.min(height, y + half),
    ]; // prettier-ignore
    void this.find(rough, { point: from });
  }

  interrupt(): void {
    this.cancel();
  }

  cancel(): boolean {
    this.from = null;
    return this.draw.cancel();
  }

  /** The rough box stands at once. The answer takes its place, unless the person has changed it in the meantime. */
  private async find(rough: Box, about: { point: Point } | { box: Box }): Promise<void> {
    const { document } = this.bench;
    const id = finish(this.bench, rough);
    if (!id) return;
    const found = await this.bench.snap(about);
    const now = document.region(id);
    if (!now || now.bbox !== rough || document.isLocked(id)) return;
    // An answer that comes after the image has gone, submitted perhaps, changes nothing there.
    if (!found || !this.bench.isOpen()) return;
    document.change(id, { bbox: found });
    this.bench.say(`Box ${now.category} snapped.`);
  }
}
