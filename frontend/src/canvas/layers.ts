import type { Size } from "../shapes/fit";
import { FITTED, type Point, Scene } from "../shapes/view";
import type { BoxDocument } from "../store/boxes";
import type { Preview } from "../tools/tool";
import { Inks } from "./ink";
import { paintChosen, paintCrosshair, paintDraft, paintPoints, paintRegions, type Sheet } from "./paint";
import type { PictureSource } from "./source";

export type Shown = {
  document: BoxDocument | null;
  source: PictureSource | null;
  preview: Preview | null;
  category: string;
  names: boolean;
  /** Whether a chosen box can be worked on. */
  handles: boolean;
  crosshair: Point | null;
};
type Part = "picture" | "boxes" | "top";
export type Canvases = Record<Part, HTMLCanvasElement>;

const PARTS: readonly Part[] = ["picture", "boxes", "top"];
const CALM_MS = 140;

/**
 * Three canvases over each other, each painted anew in the next frame where what it shows has changed: the picture, the
 * boxes, and on top what is worked on. What follows the pointer so costs a frame of the uppermost alone.
 */
export class Layers {
  scene = new Scene({ width: 0, height: 0 }, { width: 0, height: 0 }, FITTED);
  private ratio = 1;
  private inks: Inks;
  private frame = 0;
  private calm: ReturnType<typeof setTimeout> | undefined;
  private isCalm = true;
  private readonly stale = new Set<Part>();
  private readonly contexts: Record<Part, CanvasRenderingContext2D>;

  constructor(
    private readonly canvases: Canvases,
    private colors: ReadonlyMap<string, string>,
    private readonly shown: () => Shown,
    /** The picture is painted: what lies at its first place below has to go where it is looked at otherwise. */
    private readonly covered: (away: boolean) => void,
  ) {
    const context = (part: Part) => canvases[part].getContext("2d")!;
    this.contexts = { picture: context("picture"), boxes: context("boxes"), top: context("top") };
    this.inks = new Inks(colors, 1);
  }

  /** `pixels`: of the display, where the browser knows them. */
  resize(stage: Size, pixels: Size | null): void {
    this.ratio = pixels && stage.width ? pixels.width / stage.width : devicePixelRatio;
    for (const part of PARTS) {
      this.canvases[part].width = pixels?.width ?? Math.round(stage.width * this.ratio);
      this.canvases[part].height = pixels?.height ?? Math.round(stage.height * this.ratio);
    }
    this.inks = new Inks(this.colors, this.ratio);
    this.scene = this.scene.resizedTo(stage);
    this.invalidate(...PARTS);
    // A canvas that was sized anew is empty: without this frame it would be seen so.
    this.paint();
  }

  setColors(colors: ReadonlyMap<string, string>): void {
    this.colors = colors;
    this.inks = new Inks(colors, this.ratio);
    this.invalidate("boxes", "top");
  }

  show(image: Size): void {
    this.scene = new Scene(image, this.scene.stage, FITTED);
    this.isCalm = true;
    this.invalidate(...PARTS);
  }

  look(scene: Scene): void {
    if (scene.view === this.scene.view) return;
    this.scene = scene;
    this.isCalm = false;
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.settle(), CALM_MS);
    this.invalidate(...PARTS);
  }

  invalidate(...parts: Part[]): void {
    parts.forEach((part) => this.stale.add(part));
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.calm);
  }

  private settle(): void {
    this.isCalm = true;
    this.invalidate("picture");
    this.shown().source?.want(this.scene.camera.scale * this.ratio);
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.scene.stage.width) return;
    const shown = this.shown();
    for (const part of this.stale) {
      const context = this.contexts[part];
      context.clearRect(0, 0, this.canvases[part].width, this.canvases[part].height);
      const sheet = { context, camera: this.scene.camera, stage: this.scene.stage, ratio: this.ratio };
      if (part === "picture") this.paintPicture(sheet, shown);
      else if (part === "boxes") this.paintBoxes(sheet, shown);
      else this.paintTop(sheet, shown);
    }
    this.stale.clear();
  }

  private paintPicture({ context, camera, stage, ratio }: Sheet, { source }: Shown): void {
    if (source?.paint(context, camera, stage, ratio, this.isCalm)) this.covered(this.scene.view.zoom > 1);
  }

  private paintBoxes(sheet: Sheet, { document, preview, names }: Shown): void {
    if (!document) return;
    const apart = preview?.of ?? document.snapshot().selected;
    paintRegions(
      sheet,
      document.shown.filter(({ id }) => id !== apart),
      this.inks,
      names,
    );
  }

  private paintTop(sheet: Sheet, { document, preview, category, handles, crosshair }: Shown): void {
    if (!document) return;
    const chosen = preview?.of ? document.region(preview.of) : document.selected;
    const isHidden = chosen && document.isHidden(chosen.id);
    if (chosen && !isHidden) {
      const bbox = (preview?.of && preview.box) || chosen.bbox;
      paintChosen(sheet, chosen, bbox, this.inks, handles && !document.isLocked(chosen.id) && !preview);
    }
    if (preview && !preview.of) {
      const ink = this.inks.of(category);
      if (preview.box) paintDraft(sheet, preview.box, ink);
      if (preview.points) paintPoints(sheet, preview.points, ink);
    }
    if (crosshair) paintCrosshair(sheet, crosshair);
  }
}
