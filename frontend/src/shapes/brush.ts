import type { Box } from "./fit";
import type { Plane } from "./plane";

/** Where a brush is: its centre and radius in pixels of the image, and how strongly it paints there (a pen's pressure). */
export type Dab = { x: number; y: number; radius: number; strength: number };

/** What is painted: up to `opacity` towards `target`. `flat`: a level or none, as trimaps have it. */
export type Ink = { target: number; hardness: number; opacity: number; flat: boolean };

/** The rim of the hardest brush: half a pixel on either side of its edge. */
const RIM = 0.5;

/** What a stroke from one place to the next can touch. */
export function reachOf(from: Dab, to: Dab): Box {
  const [a, b] = [from.radius + RIM, to.radius + RIM];
  return [
    Math.min(from.x - a, to.x - b),
    Math.min(from.y - a, to.y - b),
    Math.max(from.x + a, to.x + b),
    Math.max(from.y + a, to.y + b),
  ];
}

/** From 1 in the middle to 0 at the edge, at a distance from the centre. */
export function softness(distance: number, radius: number, hardness: number): number {
  const edge = radius + RIM;
  const core = Math.max(0, Math.min(radius * hardness, radius - RIM));
  if (distance <= core) return 1;
  if (distance >= edge) return 0;
  const share = (edge - distance) / (edge - core);
  return share * share * (3 - 2 * share);
}

/**
 * Paints the way from one place to the next on a part of a plane, a box of whole pixels. `base` is that part as it was
 * before the stroke, `cover` how far the stroke has covered it: the strongest place counts, so a stroke that crosses itself
 * gets no darker, and where its moves were cut cannot be seen. A way begins where something is painted already, with the
 * same dab: a stroke's first one goes from a place to the same place.
 */
export function paintWay(
  plane: Plane,
  part: Box,
  base: Uint8Array,
  cover: Uint8Array,
  from: Dab,
  to: Dab,
  ink: Ink,
): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const inverse = dx || dy ? 1 / (dx * dx + dy * dy) : 0;
  const edge = Math.max(from.radius, to.radius) + RIM;
  const furthest = edge * edge;
  const { data } = plane;
  const levelAt = levelsOf(from, to, ink);
  const across = part[2] - part[0];
  const y1 = Math.max(part[1], Math.floor(Math.min(from.y, to.y) - edge));
  const y2 = Math.min(part[3], Math.ceil(Math.max(from.y, to.y) + edge));
  for (let y = y1; y < y2; y++) {
    const middle = y + 0.5;
    // How far to the side the stroke can reach in this row.
    const off = Math.max(0, Math.min(from.y, to.y) - middle, middle - Math.max(from.y, to.y));
    const side = Math.sqrt(Math.max(0, furthest - off * off));
    const x1 = Math.max(part[0], Math.floor(Math.min(from.x, to.x) - side));
    const x2 = Math.min(part[2], Math.ceil(Math.max(from.x, to.x) + side));
    const own = (y - part[1]) * across - part[0];
    const row = y * plane.width;
    const py = middle - from.y;
    for (let x = x1; x < x2; x++) {
      const px = x + 0.5 - from.x;
      let along = (px * dx + py * dy) * inverse;
      // Behind it, the place where it begins is nearest: half of a large brush's work is done.
      if (along <= 0 && inverse) continue;
      if (along > 1) along = 1;
      const ax = px - along * dx;
      const ay = py - along * dy;
      const distance = ax * ax + ay * ay;
      if (distance >= furthest) continue;
      const level = levelAt(Math.sqrt(distance), along);
      if (level <= cover[own + x]!) continue;
      cover[own + x] = level;
      data[row + x] = mixed(base[own + x]!, level, ink);
    }
  }
}

const PARTS = 64; // of a pixel, in which distances are told apart
let profile = { key: "", levels: new Uint8Array(0) };

/** How far a place is covered, from 0 to 255, by its distance from the way and how far along that it lies. */
function levelsOf(from: Dab, to: Dab, { hardness }: Ink): (distance: number, along: number) => number {
  const { radius, strength } = from;
  if (radius !== to.radius || strength !== to.strength) {
    return (distance, along) => {
      const wide = radius + along * (to.radius - radius);
      const strong = strength + along * (to.strength - strength);
      return (255 * strong * softness(distance, wide, hardness) + 0.5) | 0;
    };
  }
  // A brush that stays as it is, a mouse's, is looked up: its million pixels are to fit into a frame.
  const key = `${radius} ${strength} ${hardness}`;
  if (profile.key !== key) {
    const levels = new Uint8Array(Math.ceil((radius + RIM) * PARTS) + 2);
    for (let n = 0; n < levels.length; n++) {
      levels[n] = (255 * strength * softness(n / PARTS, radius, hardness) + 0.5) | 0;
    }
    profile = { key, levels };
  }
  const { levels } = profile;
  return (distance) => levels[(distance * PARTS + 0.5) | 0]!;
}

/** A level that is covered by ink, from 0 to 255. */
export function mixed(base: number, cover: number, { target, opacity, flat }: Ink): number {
  if (flat) return cover >= 128 ? target : base;
  return (base + ((target - base) * cover * opacity) / 255 + 0.5) | 0;
}
