import { blurred, largest, medians, smallest } from "./filters";
import { filled } from "./holes";
import { BACKGROUND, FOREGROUND, type Plane, UNKNOWN } from "./plane";
import { tilewise } from "./tilewise";

/** What is done to a whole matte at once. `width`: in pixels of the image. */
export type Operation =
  | { name: "feather" | "grow" | "shrink" | "smooth" | "band"; width: number }
  | { name: "invert" | "fill" }
  | ({ name: "levels" } & Levels);

/** What becomes background, what foreground, and where the middle between them goes: above 1 towards foreground. */
export type Levels = { black: number; white: number; gamma: number };
export const PLAIN_LEVELS: Levels = { black: 0, white: 255, gamma: 1 };

export const MOST_WIDTH = 64;
const MOST_SMOOTH = 16; // the square of a median: beyond it detail is gone

/** What is nearly background or foreground counts as such where a trimap is made of a matte. */
const NEARLY = 5;

/** The plane after an operation, as a new one. A trimap takes `band` alone. */
export function operated(plane: Plane, operation: Operation): Plane {
  switch (operation.name) {
    case "feather":
      return tilewise(plane, 3 * Math.max(1, Math.round(operation.width / 2 - 0.5)), blurred);
    case "grow":
      return tilewise(plane, operation.width, largest);
    case "shrink":
      return tilewise(plane, operation.width, smallest);
    case "smooth":
      return tilewise(plane, Math.min(MOST_SMOOTH, operation.width), medians);
    case "band":
      return banded(plane, operation.width);
    case "invert":
      return mapped(
        plane,
        Uint8Array.from({ length: 256 }, (_, level) => 255 - level),
      );
    case "fill":
      return filled(plane);
    case "levels":
      return mapped(plane, levelTable(operation));
  }
}

/** What becomes of each of the 256 levels. */
export function levelTable({ black, white, gamma }: Levels): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, level) => {
    const share = Math.max(0, Math.min(1, (level - black) / Math.max(1, white - black)));
    return Math.round(255 * share ** (1 / gamma));
  });
}

function mapped(plane: Plane, table: Uint8Array): Plane {
  return { ...plane, data: plane.data.map((level) => table[level]!) };
}

/**
 * A trimap of a matte, or one with wider bands of a trimap: foreground where all within `width` pixels is, background where
 * all of them are, unknown between.
 */
function banded(plane: Plane, width: number): Plane {
  const sure = (level: number) =>
    level <= NEARLY ? BACKGROUND : level >= 255 - NEARLY ? FOREGROUND : UNKNOWN;
  const band = (patch: Parameters<typeof largest>[0]) => {
    const [low, high] = [smallest(patch), largest(patch)];
    return low.map((level, n) => {
      if (level >= 255 - NEARLY) return FOREGROUND;
      return high[n]! <= NEARLY ? BACKGROUND : UNKNOWN;
    });
  };
  return tilewise(plane, width, band, sure);
}
