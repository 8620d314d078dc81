import type { Point } from "../shapes/view";
import { Pan, type PanChange } from "./pan";
import type { Press, Tool } from "./tool";

/** A pointer as the stage has it: `on` in pixels of the stage, `at` in those of the image. */
export type Pointer = {
  id: number;
  kind: string;
  button: number;
  on: Point;
  at: Point;
  scale: number;
  /** Control is held. */
  select: boolean;
  /** Of a pen, from 0 to 1; of what has none, 1. */
  pressure?: number;
  /** The other end of a pen. */
  eraser?: boolean;
};

/** How far a pointer may miss, and slip while it clicks, in pixels of the screen. */
const REACH: Record<string, number> = { mouse: 7, pen: 10, touch: 22 };
const SLACK: Record<string, number> = { mouse: 3, pen: 5, touch: 8 };

/**
 * Says what pointers do: one works with the tool, a second finger leaves what it had begun and moves the image instead,
 * as do the middle button, the space bar and the hand.
 */
export abstract class Hands {
  private readonly pan = new Pan();
  private working: { id: number; kind: string; tool: Tool } | null = null;
  /** Fingers that moved the image: the last of them does not begin to draw. */
  private pinched = false;
  /** The space bar is down. */
  space = false;

  constructor(private readonly shift: (change: PanChange) => void) {}

  /** The pointer's look over the stage. */
  abstract cursor(pointer: Pointer): string;
  protected abstract readonly all: readonly Tool[];
  /** What hears of a pointer that is not down. */
  protected abstract readonly hovering: Tool | null;
  /** What a first pointer works with; none where it moves the image. */
  protected abstract toolFor(pointer: Pointer): Tool | null;

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
    tool.down(this.pressOf(pointer));
  }

  move(pointer: Pointer): void {
    const change = this.pan.move(pointer.id, pointer.on);
    if (this.working) {
      if (this.working.id === pointer.id) this.working.tool.move(this.pressOf(pointer), true);
    } else if (change) {
      this.shift(change);
    } else if (!this.space && pointer.kind !== "touch") {
      // A finger does not hover: this would be one that counts for nothing.
      this.hovering?.move(this.pressOf(pointer), false);
    }
  }

  up(pointer: Pointer): void {
    this.pan.up(pointer.id);
    const { working } = this;
    if (working?.id !== pointer.id) return;
    this.working = null;
    if (!this.pinched) working.tool.up(this.pressOf(pointer));
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
    return this.all.map((tool) => tool.cancel()).includes(true);
  }

  /** Whether a pointer moves the image, whatever the tool. */
  protected moves({ button }: Pointer): boolean {
    return button === 1 || this.space;
  }

  protected pressOf({ at, kind, scale, pressure = 1, select }: Pointer): Press {
    return {
      at,
      reach: (REACH[kind] ?? 7) / scale,
      slack: (SLACK[kind] ?? 3) / scale,
      pressure,
      other: select,
    };
  }
}
