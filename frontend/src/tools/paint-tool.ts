import type { Dab, Ink } from "../shapes/brush";
import { type BrushSettings, type MatteBench, type Paint, refusalOf } from "./matte-tool";
import { apart, type Press, type Tool } from "./tool";

/** A brush that has moved by less than this share of its radius waits for the next move: it would hardly paint more. */
const STEP = 1 / 16;
const LEAST = 0.08; // of the size or the opacity that the lightest touch of a pen gives

/** A brush: paints while the pointer is down, and each stroke is one step. */
export class PaintTool implements Tool {
  private last: Dab | null = null;
  /** Where the brush has gone since, and not painted. */
  private waiting: Dab | null = null;
  private ink: Ink | null = null;

  constructor(
    private readonly bench: MatteBench,
    private readonly paint: Paint,
  ) {}

  down(press: Press): void {
    const { document } = this.bench;
    const { layer, name } = this.paint;
    if (!document.begin(layer, name)) return this.bench.say(refusalOf(document));
    this.bench.reveal(layer);
    this.ink = inkOf(this.paint, this.bench.brush(), Boolean(press.other));
    this.last = dabOf(press, this.bench.brush());
    document.paint(this.last, this.last, this.ink);
  }

  move(press: Press, held: boolean): void {
    if (!held || !this.last || !this.ink) return;
    this.waiting = dabOf(press, this.bench.brush());
    if (apart(this.last, this.waiting) >= this.last.radius * STEP) this.go();
  }

  /** A pen that is lifted has no pressure any more: the stroke ends where it was last. */
  up(): void {
    if (!this.last) return;
    this.go();
    this.last = null;
    if (this.bench.document.finish()) this.bench.say(`${this.paint.name} painted.`);
  }

  /** Ends the stroke where it is, as if the pointer were lifted. Whether there was one. */
  finish(): boolean {
    const had = this.last !== null;
    this.up();
    return had;
  }

  interrupt(): void {
    this.cancel();
  }

  cancel(): boolean {
    const had = this.last !== null;
    this.last = null;
    this.waiting = null;
    if (had) this.bench.document.drop();
    return had;
  }

  private go(): void {
    const { last, waiting, ink } = this;
    if (last && waiting && ink) this.bench.document.paint(last, waiting, ink);
    this.last = waiting ?? last;
    this.waiting = null;
  }
}

/** `other`: Control turns a brush into the eraser and the other way around. */
export function inkOf({ layer, target }: Paint, brush: BrushSettings, other: boolean): Ink {
  if (layer === "trimap") return { target, hardness: 1, opacity: 1, flat: true };
  return {
    target: other ? 255 - target : target,
    hardness: brush.hardness,
    opacity: brush.opacity,
    flat: false,
  };
}

function dabOf({ at, pressure = 1 }: Press, { size, pen }: BrushSettings): Dab {
  const share = Math.max(LEAST, pressure);
  return {
    ...at,
    radius: (size / 2) * (pen === "size" ? share : 1),
    strength: pen === "opacity" ? share : 1,
  };
}
