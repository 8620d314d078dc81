import { Extremes } from "./extremes";
import { Draw } from "./draw";
import { Hands, type Pointer } from "./hands";
import { type PanChange } from "./pan";
import { Select } from "./select";
import { Snap } from "./snap";
import type { Bench, Tool, ToolName } from "./tool";

export type { Pointer } from "./hands";

/** What pointers do on a canvas for boxes. */
export class Gestures extends Hands {
  private readonly tools: { select: Select; draw: Draw; extremes: Extremes; snap: Snap };

  constructor(
    bench: Bench,
    private readonly tool: () => ToolName,
    shift: (change: PanChange) => void,
  ) {
    super(shift);
    this.tools = {
      select: new Select(bench),
      draw: new Draw(bench),
      extremes: new Extremes(bench),
      snap: new Snap(bench),
    };
  }

  /** Takes back the last click of a box that is half made. Whether there was one. */
  back(): boolean {
    return this.tool() === "extremes" ? this.tools.extremes.back() : this.cancel();
  }

  cursor(pointer: Pointer): string {
    if (this.isPanning) return "grabbing";
    const tool = this.nameFor(pointer);
    if (tool === "pan") return "grab";
    if (tool !== "select") return "crosshair";
    const over = this.tools.select.over(this.pressOf(pointer));
    return over === "box" ? "move" : over ? `${over}-resize` : "default";
  }

  protected get all(): Tool[] {
    return Object.values(this.tools);
  }

  protected get hovering(): Tool | null {
    const name = this.tool();
    return name === "pan" ? null : this.tools[name];
  }

  protected toolFor(pointer: Pointer): Tool | null {
    const name = this.nameFor(pointer);
    if (name === "pan") return null;
    // Where there is nothing to take hold of, the image is.
    if (name === "select" && !this.tools.select.takes(this.pressOf(pointer))) {
      this.tools.select.down(this.pressOf(pointer));
      return null;
    }
    return this.tools[name];
  }

  private nameFor(pointer: Pointer): ToolName {
    if (this.moves(pointer)) return "pan";
    return pointer.select ? "select" : this.tool();
  }
}
