import { HANDLES, placeOf } from "../shapes/box";
import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";
import { type Region } from "../store/regions";
import type { Ink, Inks } from "./ink";
import type { Sheet } from "./sheets";

type Place = { left: number; top: number; right: number; bottom: number };

const LINE = 2;
const RIM = 1;
const NAMED = 160; // boxes in sight at the most, if each is to have its name
const NAMED_WIDTH = 26;
const SPECK = 4;
const FONT = "500 12px system-ui, sans-serif";

/** All boxes but the one that is worked on; names where there is room for them. */
export function paintRegions(sheet: Sheet, regions: readonly Region[], inks: Inks, names: boolean): void {
  const seen: [Region, Place][] = [];
  for (const region of regions) {
    const place = placeOn(sheet, region.bbox);
    if (place) seen.push([region, place]);
  }
  for (const [region, place] of seen) {
    const ink = inks.of(region.category);
    paintFrame(sheet, place, ink, region.decision === "undecided");
  }
  if (!names || seen.length > NAMED) return;
  for (const [region, place] of seen) {
    if (place.right - place.left >= NAMED_WIDTH * sheet.ratio)
      paintName(sheet, place, nameOf(region), inks.of(region.category));
  }
}

/** The box that is worked on, with its handles. */
export function paintChosen(sheet: Sheet, region: Region, bbox: Box, inks: Inks, handles: boolean): void {
  const place = placeOn(sheet, bbox);
  if (!place) return;
  const { context, ratio } = sheet;
  const ink = inks.of(region.category);
  context.fillStyle = ink.line;
  context.globalAlpha = 0.14;
  context.fillRect(place.left, place.top, place.right - place.left, place.bottom - place.top);
  context.globalAlpha = 1;
  paintFrame(sheet, place, ink, region.decision === "undecided", 3);
  paintName(sheet, place, nameOf(region), ink);
  const side = Math.min(place.right - place.left, place.bottom - place.top);
  if (!handles || side < 8 * ratio) return;
  for (const handle of HANDLES) {
    // On a small box the corners have to do.
    if (handle.length === 1 && side < 40 * ratio) continue;
    const at = onDisplay(sheet, placeOf(bbox, handle));
    const half = Math.round(4 * ratio);
    context.fillStyle = "rgb(10 12 16 / 80%)";
    context.fillRect(at.x - half - ratio, at.y - half - ratio, 2 * (half + ratio), 2 * (half + ratio));
    context.fillStyle = "#fff";
    context.fillRect(at.x - half, at.y - half, 2 * half, 2 * half);
  }
}

/** A box that is just being drawn. */
export function paintDraft(sheet: Sheet, bbox: Box, ink: Ink): void {
  const place = placeOn(sheet, bbox);
  if (place) paintFrame(sheet, place, ink, false);
}

export function paintPoints(sheet: Sheet, points: readonly Point[], ink: Ink): void {
  const { context, ratio } = sheet;
  for (const point of points) {
    const at = onDisplay(sheet, point);
    for (const [radius, color] of [
      [6, "rgb(10 12 16 / 80%)"],
      [5, "#fff"],
      [3.5, ink.line],
    ] as const) {
      context.fillStyle = color;
      context.beginPath();
      context.arc(at.x, at.y, radius * ratio, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

/** Through a point of the stage, from edge to edge. */
export function paintCrosshair({ context, stage, ratio }: Sheet, { x, y }: Point): void {
  const [width, height] = [stage.width * ratio, stage.height * ratio];
  const thick = Math.max(1, Math.round(ratio));
  const [left, top] = [Math.round(x * ratio), Math.round(y * ratio)];
  for (const [shift, color] of [
    [thick, "rgb(0 0 0 / 55%)"],
    [0, "rgb(255 255 255 / 90%)"],
  ] as const) {
    context.fillStyle = color;
    context.fillRect(0, top + shift, width, thick);
    context.fillRect(left + shift, 0, thick, height);
  }
}

function nameOf({ category, decision, said }: Region): string {
  return decision === "undecided" && said ? `${category}  ${Math.round(said.score * 100)} %` : category;
}

/** In whole pixels of the display, and null where nothing of it is on the stage. */
function placeOn({ camera, stage, ratio }: Sheet, [x1, y1, x2, y2]: Box): Place | null {
  const { scale, x, y } = camera;
  const left = Math.round((x1 * scale + x) * ratio);
  const top = Math.round((y1 * scale + y) * ratio);
  const right = Math.round((x2 * scale + x) * ratio);
  const bottom = Math.round((y2 * scale + y) * ratio);
  const out = 4 * ratio;
  if (right < -out || bottom < -out || left > stage.width * ratio + out || top > stage.height * ratio + out)
    return null;
  return { left, top, right, bottom };
}

function onDisplay({ camera, ratio }: Sheet, point: Point): Point {
  return {
    x: Math.round((point.x * camera.scale + camera.x) * ratio),
    y: Math.round((point.y * camera.scale + camera.y) * ratio),
  };
}

/** On whole pixels of the display: sharp, and of two thousand the quickest (four filled sides take three times as long). */
function paintFrame(
  { context, stage, ratio }: Sheet,
  place: Place,
  ink: Ink,
  dashed: boolean,
  thick = LINE,
): void {
  const line = Math.max(1, Math.round(thick * ratio));
  const rim = Math.max(1, Math.round(RIM * ratio));
  // Far beyond the stage a side ends: what is enlarged 32 times would be longer than a canvas can take.
  const far = 16 * ratio;
  const left = Math.max(place.left, -far);
  const top = Math.max(place.top, -far);
  const right = Math.min(place.right, stage.width * ratio + far);
  const bottom = Math.min(place.bottom, stage.height * ratio + far);
  if (right - left < SPECK * ratio || bottom - top < SPECK * ratio) {
    context.fillStyle = ink.line;
    context.fillRect(left - 1, top - 1, Math.max(line, right - left) + 2, Math.max(line, bottom - top) + 2);
    return;
  }
  const [x, y] = [left + line / 2, top + line / 2];
  const [width, height] = [right - left - line, bottom - top - line];
  context.strokeStyle = ink.rim;
  context.lineWidth = line + 2 * rim;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = dashed && ink.dashes ? ink.dashes : ink.line;
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
}

/** Above the box, or inside of it where there is no room; light on dark, with the category's colour beside it. */
function paintName({ context, stage, ratio }: Sheet, place: Place, text: string, ink: Ink): void {
  context.font = FONT.replace("12px", `${12 * ratio}px`);
  context.textBaseline = "middle";
  const height = Math.round(18 * ratio);
  const strip = Math.round(3 * ratio);
  const width = Math.round(widthOf(context, text) + strip + 10 * ratio);
  const left = Math.max(0, Math.min(place.left - 1, stage.width * ratio - width));
  const above = place.top - height - Math.round(2 * ratio);
  const top = above >= 0 ? above : Math.max(0, place.top + Math.round(3 * ratio));
  context.fillStyle = "rgb(10 12 16 / 80%)";
  context.fillRect(left, top, width, height);
  context.fillStyle = ink.line;
  context.fillRect(left, top, strip, height);
  context.fillStyle = "#fff";
  context.fillText(text, left + strip + 5 * ratio, top + height / 2 + ratio / 2);
}

const widths = new Map<string, number>();

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const key = `${context.font} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 2000) widths.clear();
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}
