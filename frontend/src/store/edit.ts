import { type Dab, type Ink, mixed, paintWay, reachOf } from "../shapes/brush";
import type { Box } from "../shapes/fit";
import { coverOf, boundsOf } from "../shapes/lasso";
import { pixelsIn, type Plane, wholeOf } from "../shapes/plane";
import { packed, readTile, samePixels, tileBox, tilesIn, writeTile } from "../shapes/tiles";
import type { Point } from "../shapes/view";
import type { Change, Layer } from "./history";

/** How a proposed part meets what is there. */
export type How = "replace" | "add" | "subtract";

/** A change of a plane that goes on, seen at once and taken back as a whole: a stroke, or what somebody may accept. */
export class Edit {
  private readonly before = new Map<number, Uint8Array>();
  private readonly covers = new Map<number, Uint8Array>();

  constructor(
    readonly layer: Layer,
    readonly what: string,
    private readonly plane: Plane,
  ) {}

  /** Paints the way between two places. Returns the pixels that may have changed. */
  paint(from: Dab, to: Dab, ink: Ink): Box {
    const reach = pixelsIn(reachOf(from, to), this.plane);
    for (const place of tilesIn(reach, this.plane)) {
      const base = this.touch(place);
      let cover = this.covers.get(place);
      if (!cover) this.covers.set(place, (cover = new Uint8Array(base.length)));
      paintWay(this.plane, tileBox(place, this.plane), base, cover, from, to, ink);
    }
    return reach;
  }

  /** Fills an outline. */
  fill(points: readonly Point[], ink: Ink): Box {
    const bounds = pixelsIn(boundsOf(points), this.plane);
    for (const place of tilesIn(bounds, this.plane)) {
      const part = tileBox(place, this.plane);
      const cover = coverOf(points, part);
      this.each(place, (base, n) => (cover[n] ? mixed(base, cover[n]!, ink) : base));
    }
    return bounds;
  }

  /** Lays a part over the plane, its corner at x, y. */
  lay(part: Plane, [x, y]: readonly [number, number], how: How): Box {
    const box = pixelsIn([x, y, x + part.width, y + part.height], this.plane);
    for (const place of tilesIn(box, this.plane)) {
      const [x1, y1, x2] = tileBox(place, this.plane);
      const width = x2 - x1;
      this.each(place, (base, n) => {
        const [px, py] = [x1 + (n % width) - x, y1 + Math.floor(n / width) - y];
        if (px < 0 || py < 0 || px >= part.width || py >= part.height) return base;
        const level = part.data[py * part.width + px]!;
        if (how === "replace") return level;
        return how === "add" ? Math.max(base, level) : Math.min(base, 255 - level);
      });
    }
    return box;
  }

  /** Puts other pixels in the place of all. */
  become(other: Plane): Box {
    for (const place of tilesIn(wholeOf(this.plane), this.plane)) {
      const pixels = readTile(other, place);
      if (samePixels(this.touch(place), pixels)) this.before.delete(place);
      else writeTile(this.plane, place, pixels);
    }
    return wholeOf(this.plane);
  }

  /** As if it had not been. Returns the pixels that may have changed. */
  drop(): Box[] {
    const boxes = [...this.before].map(([place, pixels]) => {
      writeTile(this.plane, place, pixels);
      return tileBox(place, this.plane);
    });
    this.before.clear();
    this.covers.clear();
    return boxes;
  }

  /** Puts what it has touched into a copy of the plane, as it was. */
  restore(copy: Plane): void {
    this.before.forEach((pixels, place) => writeTile(copy, place, pixels));
  }

  /** The tiles that are not as they were, as they were. */
  changes(): Change[] {
    return [...this.before]
      .filter(([place, pixels]) => !samePixels(pixels, readTile(this.plane, place)))
      .map(([place, pixels]) => ({ layer: this.layer, place, tile: packed(pixels) }));
  }

  private each(place: number, level: (base: number, n: number) => number): void {
    const base = this.touch(place);
    writeTile(this.plane, place, base.map(level));
  }

  private touch(place: number): Uint8Array {
    let base = this.before.get(place);
    if (!base) this.before.set(place, (base = readTile(this.plane, place)));
    return base;
  }
}
