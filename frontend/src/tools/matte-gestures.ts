import { Hands, type Pointer } from "./hands";
import { LassoTool } from "./lasso-tool";
import { isOfTrimap, type MatteBench, type MatteToolName, PAINTS } from "./matte-tool";
import { PaintTool } from "./paint-tool";
import type { PanChange } from "./pan";
import { SegmentTool } from "./segment-tool";
import type { Tool } from "./tool";

type Strokes = PaintTool | LassoTool;

/** What pointers do on a canvas for mattes. Without a bench there is nothing to work on: they move the image. */
export class MatteGestures extends Hands {
  private readonly tools = new Map<MatteToolName, Tool>();
  private readonly strokes: readonly Strokes[] = [];

  constructor(
    bench: MatteBench | null,
    private readonly tool: () => MatteToolName,
    shift: (change: PanChange) => void,
  ) {
    super(shift);
    if (!bench) return;
    const names = ["brush", "erase", "foreground", "unknown", "background"] as const;
    const strokes = new Map<MatteToolName, Strokes>(
      names.map((name) => [name, new PaintTool(bench, PAINTS[name]!)]),
    );
    strokes.set("lasso", new LassoTool(bench));
    this.strokes = [...strokes.values()];
    this.tools = new Map<MatteToolName, Tool>([...strokes, ["segment", new SegmentTool(bench)]]);
  }

  /** A stroke stands as it is, as if the pointer were lifted; what is only pointed at is left. Whether there was anything. */
  finish(): boolean {
    const stands = this.strokes.map((tool) => tool.finish()).includes(true);
    return this.cancel() || stands;
  }

  cursor(pointer: Pointer): string {
    if (this.isPanning) return "grabbing";
    const tool = this.nameFor(pointer);
    if (tool === "pan") return "grab";
    // A brush shows its own rim.
    return tool === "lasso" || tool === "segment" ? "crosshair" : "none";
  }

  protected get all(): Tool[] {
    return [...this.tools.values()];
  }

  protected get hovering(): null {
    return null;
  }

  protected toolFor(pointer: Pointer): Tool | null {
    return this.tools.get(this.nameFor(pointer)) ?? null;
  }

  private nameFor(pointer: Pointer): MatteToolName {
    if (this.moves(pointer) || !this.tools.size) return "pan";
    const tool = this.tool();
    if (!pointer.eraser) return tool;
    return isOfTrimap(tool) ? "background" : "erase";
  }
}
