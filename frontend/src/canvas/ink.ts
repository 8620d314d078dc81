/** What a category is drawn with: a line that is told from any picture by its rim. */
export type Ink = { line: string; rim: string; dashes: CanvasPattern | null };

const DARK_RIM = "rgb(0 0 0 / 62%)";
const LIGHT_RIM = "rgb(255 255 255 / 78%)";
const DASH = 6; // pixels of the page
const FALLBACK = "#2fd0a0";

/** The inks of a project's categories, made when they are first used, anew for each kind of display. */
export class Inks {
  private readonly made = new Map<string, Ink>();

  constructor(
    private readonly colors: ReadonlyMap<string, string>,
    private readonly ratio: number,
  ) {}

  of(category: string): Ink {
    const known = this.made.get(category);
    if (known) return known;
    const line = this.colors.get(category) ?? FALLBACK;
    const rim = luminance(line) > 0.2 ? DARK_RIM : LIGHT_RIM;
    const ink = { line, rim, dashes: dashes(line, this.ratio) };
    this.made.set(category, ink);
    return ink;
  }
}

/**
 * Diagonal stripes: a thin line that is filled with them is dashed. A browser fills two thousand dashed boxes this way in
 * a fraction of the time that it takes to stroke them.
 */
function dashes(color: string, ratio: number): CanvasPattern | null {
  const side = Math.max(2, Math.round(2 * DASH * ratio));
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const context = tile.getContext("2d");
  if (!context) return null;
  context.fillStyle = color;
  const half = side / 2;
  for (const shift of [-side, 0, side]) {
    context.beginPath();
    context.moveTo(shift, 0);
    context.lineTo(shift + half, 0);
    context.lineTo(shift + half + side, side);
    context.lineTo(shift + side, side);
    context.fill();
  }
  return context.createPattern(tile, "repeat");
}

/** Relative luminance as WCAG defines it; of what is not written as #rrggbb that of a bright colour. */
function luminance(color: string): number {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (!found) return 1;
  const [red = 0, green = 0, blue = 0] = found.slice(1).map((part) => {
    const share = parseInt(part, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
