import type { Size } from "./fit";

/** How an image is looked at: enlarged over its fit by `zoom`, its centre moved by x, y from the stage's. */
export type View = { zoom: number; x: number; y: number };
export type Point = { x: number; y: number };

export const FITTED: View = { zoom: 1, x: 0, y: 0 };
const MOST = 16;

/** Zooms by `factor` so that what is under `at` (measured from the stage's centre) stays under it. */
export function zoomAt(view: View, factor: number, at: Point): View {
  const zoom = Math.min(MOST, Math.max(1, view.zoom * factor));
  const ratio = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Keeps the image over the stage: no move beyond its edges, none at all where it fits. */
export function within(view: View, picture: Size, stage: Size): View {
  const spare = { x: (picture.width - stage.width) / 2, y: (picture.height - stage.height) / 2 };
  const hold = (value: number, most: number) =>
    Math.min(Math.max(0, most), Math.max(-Math.max(0, most), value));
  return { zoom: view.zoom, x: hold(view.x, spare.x), y: hold(view.y, spare.y) };
}
