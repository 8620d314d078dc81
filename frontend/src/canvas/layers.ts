import type { Point } from "../shapes/view";
import type { BoxDocument } from "../store/boxes";
import type { Preview } from "../tools/tool";
import { Inks } from "./ink";
import { paintChosen, paintCrosshair, paintDraft, paintPoints, paintRegions } from "./paint";
import { cleared, type Sheet, Sheets } from "./sheets";
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

/**
 * The picture, the boxes, and on top what is worked on. What follows the pointer so costs a frame of the uppermost alone.
 */
export class Layers extends Sheets<Part> {
  private inks: Inks;

  constructor(
    canvases: Canvases,
    private colors: ReadonlyMap<string, string>,
    private readonly shown: () => Shown,
    /** The picture is painted: what lies at its first place below has to go where it is looked at otherwise. */
    private readonly covered: (away: boolean) => void,
  ) {
    super(canvases);
    this.inks = new Inks(colors, 1);
  }

  setColors(colors: ReadonlyMap<string, string>): void {
    this.colors = colors;
    this.inks = new Inks(colors, this.ratio);
    this.invalidate("boxes", "top");
  }

  protected override sized(): void {
    this.inks = new Inks(this.colors, this.ratio);
  }

  protected rested(): void {
    this.invalidate("picture");
    this.shown().source?.want(this.scene.camera.scale * this.ratio);
  }

  protected paintOn(part: Part, sheet: Sheet): void {
    const shown = this.shown();
    cleared(sheet);
    if (part === "picture") this.paintPicture(sheet, shown);
    else if (part === "boxes") this.paintBoxes(sheet, shown);
    else this.paintTop(sheet, shown);
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
