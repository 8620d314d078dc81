import type { Size } from "../shapes/fit";
import type { Camera } from "../shapes/view";
import { FITTED, Scene } from "../shapes/view";

/** A layer that is painted on: everything here is in pixels of the page, and lands on those of the display. */
export type Sheet = { context: CanvasRenderingContext2D; camera: Camera; stage: Size; ratio: number };

const CALM_MS = 140;

/** Canvases over each other, each painted anew in the next frame where what it shows has changed. */
export abstract class Sheets<Part extends string> {
  scene = new Scene({ width: 0, height: 0 }, { width: 0, height: 0 }, FITTED);
  protected ratio = 1;
  protected isCalm = true;
  private frame = 0;
  private calm: ReturnType<typeof setTimeout> | undefined;
  private readonly stale = new Set<Part>();
  private readonly parts: readonly Part[];
  private readonly contexts: Record<Part, CanvasRenderingContext2D>;

  constructor(protected readonly canvases: Record<Part, HTMLCanvasElement>) {
    this.parts = Object.keys(canvases) as Part[];
    const contexts = this.parts.map((part) => [part, canvases[part].getContext("2d")!]);
    this.contexts = Object.fromEntries(contexts) as Record<Part, CanvasRenderingContext2D>;
  }

  /** `pixels`: of the display, where the browser knows them. */
  resize(stage: Size, pixels: Size | null): void {
    this.ratio = pixels && stage.width ? pixels.width / stage.width : devicePixelRatio;
    for (const part of this.parts) {
      this.canvases[part].width = pixels?.width ?? Math.round(stage.width * this.ratio);
      this.canvases[part].height = pixels?.height ?? Math.round(stage.height * this.ratio);
    }
    this.scene = this.scene.resizedTo(stage);
    this.sized();
    this.invalidate(...this.parts);
    // A canvas that was sized anew is empty: without this frame it would be seen so.
    this.paint();
  }

  show(image: Size): void {
    this.scene = new Scene(image, this.scene.stage, FITTED);
    this.isCalm = true;
    this.invalidate(...this.parts);
  }

  look(scene: Scene): void {
    if (scene.view === this.scene.view) return;
    this.scene = scene;
    this.isCalm = false;
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.settle(), CALM_MS);
    this.invalidate(...this.parts);
  }

  zoomBy(factor: number): void {
    const { width, height } = this.scene.stage;
    this.look(this.scene.zoomed(factor, { x: width / 2, y: height / 2 }));
  }

  fit(): void {
    this.look(this.scene.with(FITTED));
  }

  /** Looks further along an enlarged image, by shares of the stage: right and down. */
  pageBy(right: number, down: number): void {
    this.look(this.scene.paged(right, down));
  }

  invalidate(...parts: Part[]): void {
    parts.forEach((part) => this.stale.add(part));
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.calm);
  }

  /** The canvases have another size. */
  protected sized(): void {}
  /** The view has come to rest. */
  protected abstract rested(): void;
  protected abstract paintOn(part: Part, sheet: Sheet): void;

  private settle(): void {
    this.isCalm = true;
    this.rested();
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.scene.stage.width) return;
    for (const part of this.stale) {
      const context = this.contexts[part];
      this.paintOn(part, { context, camera: this.scene.camera, stage: this.scene.stage, ratio: this.ratio });
    }
    this.stale.clear();
  }
}

export function cleared(sheet: Sheet): Sheet {
  sheet.context.clearRect(0, 0, sheet.context.canvas.width, sheet.context.canvas.height);
  return sheet;
}
