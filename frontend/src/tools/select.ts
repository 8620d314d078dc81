import { boxAt, type Handle, handleAt, moved, resized } from "../shapes/box";
import type { Box } from "../shapes/fit";
import type { Point } from "../shapes/view";
import type { Region } from "../store/regions";
import { apart, type Bench, type Press, type Tool } from "./tool";

type Drag = { region: Region; from: Point; handle: Handle | null; begun: boolean };

/** Chooses a box, moves it, and resizes it by its handles. */
export class Select implements Tool {
  private drag: Drag | null = null;

  constructor(private readonly bench: Bench) {}

  /** Whether a press here would take hold of something; if not, it moves the image. */
  takes({ at, reach }: Press): boolean {
    return this.handle(at, reach) !== null || boxAt(this.bench.document.shown, at, reach) !== null;
  }

  /** What the pointer is over: for its shape. */
  over({ at, reach }: Press): Handle | "box" | null {
    const handle = this.handle(at, reach);
    if (handle) return handle;
    return boxAt(this.bench.document.shown, at, reach / 2) ? "box" : null;
  }

  down({ at, reach }: Press): void {
    const { document } = this.bench;
    const handle = this.handle(at, reach);
    const hit = boxAt(document.shown, at, reach / 2);
    // A drag inside of the chosen box moves it, though a smaller one may lie there; a click then chooses that.
    const chosen = document.shown.find(({ id }) => id === document.selected?.id);
    const stays = chosen && hit && chosen !== hit && boxAt([chosen], at, 0) && this.covers(hit, chosen);
    const region = handle || stays ? chosen! : hit;
    if (!region) return document.select(null);
    if (!stays) document.select(region.id);
    this.drag = { region, from: at, handle, begun: false };
  }

  move({ at, slack }: Press, held: boolean): void {
    const { drag } = this;
    if (!drag || !held || this.bench.document.isLocked(drag.region.id)) return;
    drag.begun ||= apart(drag.from, at) > slack;
    if (drag.begun) this.bench.preview.set({ box: this.dragged(drag, at), of: drag.region.id });
  }

  up({ at, reach }: Press): void {
    const { drag } = this;
    if (!drag) return;
    this.cancel();
    const { document } = this.bench;
    if (!drag.begun) {
      if (!drag.handle) document.select(boxAt(document.shown, at, reach / 2)?.id ?? null);
      if (document.isLocked(drag.region.id)) this.bench.say("This box is locked.");
      return;
    }
    document.change(drag.region.id, { bbox: this.dragged(drag, at) });
    this.bench.say(`Box ${drag.region.category} ${drag.handle ? "resized" : "moved"}.`);
  }

  interrupt(): void {
    this.cancel();
  }

  cancel(): boolean {
    const had = this.drag?.begun ?? false;
    this.drag = null;
    this.bench.preview.set(null);
    return had;
  }

  private dragged({ region, from, handle }: Drag, at: Point): Box {
    const { image } = this.bench.document;
    if (!handle) return moved(region.bbox, at.x - from.x, at.y - from.y, image);
    return resized(region.bbox, handle, at, image);
  }

  private handle(at: Point, reach: number): Handle | null {
    const { document } = this.bench;
    const { selected } = document;
    if (!selected || document.isLocked(selected.id) || document.isHidden(selected.id)) return null;
    // Of a small box the handles leave room to take hold of it.
    const [x1, y1, x2, y2] = selected.bbox;
    return handleAt(selected.bbox, at, Math.min(reach, Math.max(Math.min(x2 - x1, y2 - y1) / 3, reach / 3)));
  }

  private covers({ bbox: [x1, y1, x2, y2] }: Region, { bbox }: Region): boolean {
    return x1 >= bbox[0] && y1 >= bbox[1] && x2 <= bbox[2] && y2 <= bbox[3];
  }
}
