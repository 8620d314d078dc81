import type { Point } from "../shapes/view";
import { Extremes } from "./extremes";
import { Draw } from "./draw";
import { Pan, type PanChange } from "./pan";
import { Select } from "./select";
import { Snap } from "./snap";
import type { Bench, Press, Tool, ToolName } from "./tool";

/** A pointer as the stage has it: `on` in pixels of the stage, `at` in those of the image. */
export type Pointer = {
  id: number;
  kind: string;
  button: number;
  on: Point;
  at: Point;
  scale: number;
  select: boolean;
};

/** How far a pointer may miss, and slip while it clicks, in pixels of the screen. */
const REACH: Record<string, number> = { mouse: 7, pen: 10, touch: 22 };
const SLACK: Record<string, number> = { mouse: 3, pen: 5, touch: 8 };

/**
 * Says what pointers do: one works with the tool, a second finger leaves what it had begun and moves the image instead,
 * as do the middle button, the space bar and the hand.
 */
export class Gestures {
  private readonly tools: { select: Select; draw: Draw; extremes: Extremes; snap: Snap };
  private readonly pan = new Pan();
  private working: { id: number; kind: string; tool: Tool } | null = null;
  /** Fingers that moved the image: the last of them does not begin to draw. */
  private pinched = false;
  /** The space bar is down. */
  space = false;

  constructor(
    bench: Bench,
    private readonly tool: () => ToolName,
    private readonly shift: (change: PanChange) => void,
  ) {
    this.tools = {
      select: new Select(bench),
      draw: new Draw(bench),
      extremes: new Extremes(bench),
      snap: new Snap(bench),
    };
  }

  /** Whether the image moves with the pointer just now. */
  get isPanning(): boolean {
    return this.pan.active && !this.working;
  }

  down(pointer: Pointer): void {
    // The hand that holds a pen lies on the screen, before it or after it.
    if (pointer.kind === "touch" && this.working?.kind === "pen") return;
    if (pointer.kind === "pen") {
      this.working?.tool.interrupt();
      this.working = null;
      this.pan.clear();
    }
    this.pan.down(pointer.id, pointer.on);
    if (this.pan.count > 1) {
      this.working?.tool.interrupt();
      this.working = null;
      this.pinched = true;
      return;
    }
    this.pinched = false;
    const tool = this.toolFor(pointer);
    if (!tool) return;
    this.working = { id: pointer.id, kind: pointer.kind, tool };
    tool.down(pressOf(pointer));
  }

  move(pointer: Pointer): void {
    const change = this.pan.move(pointer.id, pointer.on);
    if (this.working) {
      if (this.working.id === pointer.id) this.working.tool.move(pressOf(pointer), true);
    } else if (change) {
      this.shift(change);
    } else if (!this.space && pointer.kind !== "touch") {
      // A finger does not hover: this would be one that counts for nothing.
      this.current?.move(pressOf(pointer), false);
    }
  }

  up(pointer: Pointer): void {
    this.pan.up(pointer.id);
    const { working } = this;
    if (working?.id !== pointer.id) return;
    this.working = null;
    if (!this.pinched) working.tool.up(pressOf(pointer));
  }

  /** The system has taken the pointer away. */
  lost(id: number): void {
    this.pan.up(id);
    if (this.working?.id !== id) return;
    this.working.tool.interrupt();
    this.working = null;
  }

  /** Leaves what is half done. Whether there was anything. */
  cancel(): boolean {
    // A pointer that is down yet means nothing until it is lifted: the image must not go on with it.
    if (this.working) this.pan.up(this.working.id);
    this.working = null;
    return Object.values(this.tools)
      .map((tool) => tool.cancel())
      .includes(true);
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
    const over = this.tools.select.over(pressOf(pointer));
    return over === "box" ? "move" : over ? `${over}-resize` : "default";
  }

  private get current(): Tool | null {
    const name = this.tool();
    return name === "pan" ? null : this.tools[name];
  }

  /** What a first pointer works with; none where it moves the image. */
  private toolFor(pointer: Pointer): Tool | null {
    const name = this.nameFor(pointer);
    if (name === "pan") return null;
    // Where there is nothing to take hold of, the image is.
    if (name === "select" && !this.tools.select.takes(pressOf(pointer))) {
      this.tools.select.down(pressOf(pointer));
      return null;
    }
    return this.tools[name];
  }

  private nameFor({ button, select }: Pointer): ToolName {
    if (button === 1 || this.space) return "pan";
    return select ? "select" : this.tool();
  }
}

function pressOf({ at, kind, scale }: Pointer): Press {
  return { at, reach: (REACH[kind] ?? 7) / scale, slack: (SLACK[kind] ?? 3) / scale };
}
