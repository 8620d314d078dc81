import type { Box } from "../shapes/fit";
import { around } from "../shapes/plane";
import { Pyramid } from "../shapes/pyramid";
import type { Point } from "../shapes/view";
import type { Layer } from "../store/history";
import type { MatteDocument } from "../store/matte";
import type { MattePreview } from "../tools/matte-tool";
import { paintPlane } from "./matte-paint";
import { type MatteView, shadeOf } from "./matte-views";
import { cleared, type Sheet, Sheets } from "./sheets";
import type { PictureSource } from "./source";

export type MatteShown = {
  source: PictureSource | null;
  preview: MattePreview | null;
  /** The window of what is proposed. */
  proposed: Box | null;
  /** A brush over the stage: its radius in pixels of the image, and the share of it that is hard. */
  brush: { at: Point; radius: number; core: number } | null;
  /** Left of this share of the stage it is as it was; null where nothing is split. */
  split: number | null;
};
type Part = "picture" | "matte" | "top";
export type MatteCanvases = Record<Part, HTMLCanvasElement>;

const LIGHT = "rgb(255 255 255 / 92%)";
const DARK = "rgb(10 12 16 / 75%)";

/**
 * The picture, the matte, and on top what is worked on. The matte's canvas has the display's pixels; a stroke paints anew
 * those that it touches, so that it costs the same on an image of any size.
 */
export class MatteLayers extends Sheets<Part> {
  private pyramids: Record<Layer, Pyramid> | null = null;
  private before: Pyramid | null = null;
  private document: MatteDocument | null = null;
  /** In pixels of the image; null is nothing, and what is invalidated as a whole is painted as a whole. */
  private dirty: Box | null = null;
  private whole = true;
  private view: MatteView | null = null;
  private levels: Uint8Array | undefined;
  private picture: ImageBitmap | null = null;
  private backdrop: Uint32Array | null = null;
  /** Whether the document has been painted. */
  private seen = false;

  constructor(
    canvases: MatteCanvases,
    private readonly shown: () => MatteShown,
    private readonly covered: (away: boolean) => void,
  ) {
    super(canvases);
  }

  work(document: MatteDocument | null): void {
    this.document = document;
    this.before = null;
    this.seen = false;
    this.pyramids = document && {
      alpha: new Pyramid(document.planes.alpha),
      trimap: new Pyramid(document.planes.trimap),
    };
    this.repaint();
  }

  /** Pixels of a layer have changed. */
  touch(layer: Layer, box: Box): void {
    this.pyramids?.[layer].invalidate(box);
    if (layer !== this.layer) return;
    this.dirty = around(this.dirty, box);
    this.invalidate("matte");
  }

  see(view: MatteView, levels: Uint8Array | undefined, picture: ImageBitmap | null): void {
    if (view === this.view && levels === this.levels && picture === this.picture) return;
    if (picture !== this.picture) this.backdrop = null;
    [this.view, this.levels, this.picture] = [view, levels, picture];
    this.repaint();
  }

  /** All of it is to be painted anew. */
  repaint(): void {
    this.whole = true;
    this.invalidate("matte");
  }

  /** What it was when the image was opened is looked at, or not any more. */
  compare(on: boolean): void {
    this.before = on && this.document?.isReady ? new Pyramid(this.document.before()) : null;
    this.repaint();
  }

  get isComparing(): boolean {
    return this.before !== null;
  }

  override invalidate(...parts: Part[]): void {
    // What moves the image, or sizes it anew, names all parts.
    if (parts.length > 1) this.whole = true;
    super.invalidate(...parts);
  }

  protected override sized(): void {
    this.backdrop = null;
  }

  protected rested(): void {
    this.invalidate("picture");
    this.shown().source?.want(this.scene.camera.scale * this.ratio);
  }

  protected paintOn(part: Part, sheet: Sheet): void {
    if (part === "picture") this.paintPicture(cleared(sheet));
    else if (part === "matte") this.paintMatte(sheet);
    else this.paintTop(cleared(sheet));
  }

  private get layer(): Layer {
    return this.view?.name === "trimap" ? "trimap" : "alpha";
  }

  private paintPicture({ context, camera, stage, ratio }: Sheet): void {
    if (this.shown().source?.paint(context, camera, stage, ratio, this.isCalm))
      this.covered(this.scene.view.zoom > 1);
  }

  private paintMatte(sheet: Sheet): void {
    const { width, height } = sheet.context.canvas;
    const all: Box = [0, 0, width, height];
    const box = this.whole ? all : onDisplay(sheet, this.dirty, all);
    this.dirty = null;
    this.whole = false;
    const { pyramids, view, document, before } = this;
    if (!pyramids || !view || !document?.isReady) return void cleared(sheet);
    const { split } = this.shown();
    // Of a trimap there is no before.
    const at = split !== null && before && this.layer === "alpha" ? Math.round(split * width) : 0;
    const shade = shadeOf(view, this.layer === "alpha" ? this.levels : undefined);
    const backdrop = shade.picture ? this.backdropOf(all) : null;
    const right: Box = [Math.max(at, box[0]), box[1], box[2], box[3]];
    paintPlane(sheet, right, pyramids[this.layer], shade, backdrop);
    if (!this.seen) performance.mark("matte-visible");
    this.seen = true;
    if (!at || !before) return;
    paintPlane(sheet, [box[0], box[1], Math.min(at, box[2]), box[3]], before, shadeOf(view), backdrop);
  }

  /** The picture that lies behind a cut-out, over all of the stage. */
  private backdropOf([, , width, height]: Box): Uint32Array | null {
    if (this.backdrop || !this.picture) return this.backdrop;
    const { picture } = this;
    const scale = Math.max(width / picture.width, height / picture.height);
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    const [w, h] = [picture.width * scale, picture.height * scale];
    context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
    this.backdrop = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    return this.backdrop;
  }

  private paintTop(sheet: Sheet): void {
    const { preview, proposed, brush } = this.shown();
    const { context, camera, ratio } = sheet;
    const path = new Path2D();
    const place = ({ x, y }: Point) => [(x * camera.scale + camera.x) * ratio, (y * camera.scale + camera.y) * ratio] as const; // prettier-ignore
    for (const box of [proposed, preview?.box]) {
      if (!box) continue;
      const [left, top] = place({ x: box[0], y: box[1] });
      const [right, bottom] = place({ x: box[2], y: box[3] });
      path.rect(left, top, right - left, bottom - top);
    }
    preview?.outline?.forEach((point, n) =>
      n ? path.lineTo(...place(point)) : path.moveTo(...place(point)),
    );
    for (const radius of brush ? [brush.radius, brush.core] : []) {
      const drawn = radius * camera.scale * ratio;
      if (drawn < 2 * ratio && radius !== brush!.radius) continue;
      const [x, y] = [brush!.at.x * ratio, brush!.at.y * ratio];
      path.moveTo(x + Math.max(ratio, drawn), y);
      path.arc(x, y, Math.max(ratio, drawn), 0, 2 * Math.PI);
    }
    // Light in dark, so that it is seen on anything.
    context.lineWidth = 3 * ratio;
    context.strokeStyle = DARK;
    context.stroke(path);
    context.lineWidth = 1.2 * ratio;
    context.strokeStyle = LIGHT;
    context.setLineDash(proposed || preview ? [5 * ratio, 4 * ratio] : []);
    context.stroke(path);
    context.setLineDash([]);
  }
}

/** The display's pixels that pixels of the image can be seen on; averaged, they reach a little further. */
function onDisplay({ camera, ratio }: Sheet, box: Box | null, [, , width, height]: Box): Box {
  if (!box) return [0, 0, 0, 0];
  const scale = camera.scale * ratio;
  const more = scale < 1 ? 2 / scale : 0;
  const limit = (value: number, most: number) => Math.max(0, Math.min(most, value));
  return [
    limit(Math.floor((box[0] - more) * scale + camera.x * ratio), width),
    limit(Math.floor((box[1] - more) * scale + camera.y * ratio), height),
    limit(Math.ceil((box[2] + more) * scale + camera.x * ratio), width),
    limit(Math.ceil((box[3] + more) * scale + camera.y * ratio), height),
  ];
}
