import type { Point } from "../shapes/view";

export type PanChange = { dx: number; dy: number; factor: number; at: Point };

/** The pointers that lie on the stage: one moves the image, two move and enlarge it. */
export class Pan {
  private readonly pointers = new Map<number, Point>();

  get active(): boolean {
    return this.pointers.size > 0;
  }

  get count(): number {
    return this.pointers.size;
  }

  down(id: number, point: Point): void {
    this.pointers.set(id, point);
  }

  up(id: number): void {
    this.pointers.delete(id);
  }

  /** Forgets all of them, though they lie there still. */
  clear(): void {
    this.pointers.clear();
  }

  move(id: number, point: Point): PanChange | null {
    if (!this.pointers.has(id)) return null;
    const before = this.spread();
    this.pointers.set(id, point);
    const after = this.spread();
    return {
      dx: after.centre.x - before.centre.x,
      dy: after.centre.y - before.centre.y,
      factor: before.distance ? after.distance / before.distance : 1,
      at: after.centre,
    };
  }

  private spread(): { centre: Point; distance: number } {
    const [first, second = first] = [...this.pointers.values()];
    if (!first || !second) return { centre: { x: 0, y: 0 }, distance: 0 };
    const centre = { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
    return { centre, distance: Math.hypot(first.x - second.x, first.y - second.y) };
  }
}
