import { type Box, fitted, type Size } from "./fit";

/** How an image is looked at: enlarged over its fit by `zoom`, its centre moved by x, y from the stage's. */
export type View = { zoom: number; x: number; y: number };
export type Point = { x: number; y: number };

export const FITTED: View = { zoom: 1, x: 0, y: 0 };
const MOST = 16;
/** At most 32 pixels of the screen show a pixel of the image. */
const MOST_SCALE = 32;

/** Zooms by `factor` so that what is under `at` (measured from the stage's centre) stays under it. */
export function zoomAt(view: View, factor: number, at: Point, most = MOST): View {
  const zoom = Math.min(most, Math.max(1, view.zoom * factor));
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

/** From pixels of the image to those of the stage: times `scale`, plus x, y. */
export type Camera = { scale: number; x: number; y: number };

/** Room beyond the image's edges when it is enlarged: boxes that end there have handles. */
const ROOM = 48;

/** An image in a stage, at its view. */
export class Scene {
  constructor(
    readonly image: Size,
    readonly stage: Size,
    readonly view: View,
  ) {}

  get fit(): number {
    return fitted(this.image, this.stage).scale;
  }

  get camera(): Camera {
    const scale = this.fit * this.view.zoom;
    return {
      scale,
      x: this.stage.width / 2 + this.view.x - (this.image.width * scale) / 2,
      y: this.stage.height / 2 + this.view.y - (this.image.height * scale) / 2,
    };
  }

  with(view: View): Scene {
    const scale = this.fit * view.zoom;
    const picture = {
      width: this.image.width * scale + 2 * ROOM,
      height: this.image.height * scale + 2 * ROOM,
    };
    const held = view.zoom > 1 ? within(view, picture, this.stage) : FITTED;
    return new Scene(this.image, this.stage, held);
  }

  resizedTo(stage: Size): Scene {
    return new Scene(this.image, stage, this.view).with(this.view);
  }

  /** `at`: in pixels of the stage. */
  zoomed(factor: number, at: Point): Scene {
    const fromCentre = { x: at.x - this.stage.width / 2, y: at.y - this.stage.height / 2 };
    return this.with(zoomAt(this.view, factor, fromCentre, Math.max(1, MOST_SCALE / this.fit)));
  }

  shifted(dx: number, dy: number): Scene {
    return this.with({ ...this.view, x: this.view.x + dx, y: this.view.y + dy });
  }

  /** Looks further along, by shares of the stage: right and down. */
  paged(right: number, down: number): Scene {
    return this.shifted(-right * this.stage.width, -down * this.stage.height);
  }

  toImage({ x, y }: Point): Point {
    const camera = this.camera;
    return { x: (x - camera.x) / camera.scale, y: (y - camera.y) / camera.scale };
  }

  /** The part of the image that is on the stage. */
  get seen(): Box {
    const from = this.toImage({ x: 0, y: 0 });
    const to = this.toImage({ x: this.stage.width, y: this.stage.height });
    return [from.x, from.y, to.x, to.y];
  }

  /** So that a box can be judged: where it is out of sight, too small to be seen or larger than the stage, the view goes there. */
  showing(box: Box): Scene {
    const [left, top, right, bottom] = this.seen;
    const [x1, y1, x2, y2] = box;
    const { scale } = this.camera;
    const side = Math.max(x2 - x1, y2 - y1);
    const centre = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
    const outside = centre.x < left || centre.x > right || centre.y < top || centre.y > bottom;
    const tiny = side * scale < TINY;
    const room = Math.min(this.stage.width, this.stage.height);
    const large = side * scale > room && this.view.zoom > 1;
    if (!outside && !tiny && !large) return this;
    const wanted = tiny ? Math.min(MOST_SCALE, JUDGED / side) : large ? room / 2 / side : scale;
    const zoom = Math.max(1, wanted / this.fit);
    const now = this.fit * zoom;
    return this.with({
      zoom,
      x: (this.image.width / 2 - centre.x) * now,
      y: (this.image.height / 2 - centre.y) * now,
    });
  }
}

/** Sides on screen, in pixels: of what is too small to be judged, and of what can be. */
const TINY = 12;
const JUDGED = 64;
