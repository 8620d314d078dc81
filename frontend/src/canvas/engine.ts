import type { Ref } from "react";
import type { Box, Size } from "../shapes/fit";
import type { Point } from "../shapes/view";
import type { BoxDocument } from "../store/boxes";
import { Observable } from "../store/observable";
import { Gestures } from "../tools/gestures";
import type { Bench, Preview, ToolName } from "../tools/tool";
import { type Canvases, Layers, type Shown } from "./layers";
import { measured } from "./measured";
import type { Look } from "./picture";
import { listen } from "./pointers";
import { ImageSource, type PictureSource } from "./source";

export type BoxControls = {
  zoomBy(factor: number): void;
  fit(): void;
  /** Looks further along an enlarged image, by shares of the stage: right and down. */
  pageBy(right: number, down: number): void;
  /** Brings a box into sight, if it is out of sight or too small to be judged. */
  reveal(box: Box): void;
  /** The part of the image that is in sight. */
  seen(): Box;
  /** Leaves what is half drawn. Whether there was anything. */
  cancel(): boolean;
  /** Takes back a click of what is half drawn. Whether there was one. */
  back(): boolean;
  /** The space bar is down: the image moves with the pointer. */
  hold(space: boolean): void;
};

export type BoxCanvasProps = {
  image: Size & { id: number; name: string };
  /** The boxes; null while it is not known what was begun. */
  document: BoxDocument | null;
  colors: ReadonlyMap<string, string>;
  tool: ToolName;
  category: string;
  look: Look;
  names: boolean;
  newId: () => string;
  say: (text: string) => void;
  snap: Bench["snap"];
  shown?: () => void;
  controls?: Ref<BoxControls>;
};

/** What lives between React's frames: layers, gestures, and where the pointer is. */
export class Engine implements BoxControls {
  private props!: BoxCanvasProps;
  private layers: Layers | null = null;
  private gestures: Gestures | null = null;
  private source: PictureSource | null = null;
  private document: BoxDocument | null = null;
  private rendition: HTMLImageElement | null = null;
  private stage: HTMLElement | null = null;
  private at: Point | null = null;
  private unlisten = () => {};
  private readonly preview = new Observable<Preview | null>(null);

  start(stage: HTMLElement, canvases: Canvases, sized: (size: Size) => void): () => void {
    this.stage = stage;
    const layers = new Layers(
      canvases,
      this.props.colors,
      () => this.shown(),
      (away) => this.cover(away),
    );
    this.layers = layers;
    const unmeasure = measured(stage, (size, pixels) => {
      sized(size);
      layers.resize(size, pixels);
    });
    let of: string | undefined;
    const unwatch = this.preview.subscribe(() => {
      // A box that is taken up leaves its layer, and comes back to it.
      const now = this.preview.snapshot()?.of;
      layers.invalidate("top", ...(now === of ? [] : (["boxes"] as const)));
      of = now;
    });
    return () => {
      unmeasure();
      unwatch();
      layers.close();
      this.source?.close();
      this.unlisten();
    };
  }

  /** What React has drawn anew may change what lies on the canvases. */
  take(props: BoxCanvasProps): void {
    this.props = props;
    this.layers?.invalidate("boxes", "top");
  }

  setColors(colors: ReadonlyMap<string, string>): void {
    this.layers?.setColors(colors);
  }

  open(image: Size & { id: number }, rendition: HTMLImageElement): () => void {
    this.rendition = rendition;
    this.cover(false);
    this.source = new ImageSource(image, rendition, () => this.layers?.invalidate("picture"));
    this.layers?.show(image);
    return () => this.source?.close();
  }

  work(document: BoxDocument | null): () => void {
    this.document = document;
    this.preview.set(null);
    this.unlisten();
    const { layers, stage } = this;
    if (!document || !layers || !stage) return () => {};
    const stop = document.subscribe(() => {
      layers.invalidate("boxes", "top");
    });
    const gestures = new Gestures(
      this.benchOf(document),
      () => this.props.tool,
      ({ dx, dy, factor, at }) => {
        const moved = layers.scene.shifted(dx, dy);
        layers.look(factor === 1 ? moved : moved.zoomed(factor, at));
      },
    );
    this.gestures = gestures;
    const unlisten = listen({
      stage,
      layers,
      gestures,
      hover: (at) => {
        this.at = at;
        layers.invalidate("top");
      },
    });
    this.unlisten = () => {
      unlisten();
      this.gestures = null;
      this.unlisten = () => {};
    };
    return () => {
      stop();
      this.unlisten();
    };
  }

  loaded(): void {
    this.layers?.invalidate("picture");
  }

  zoomBy(factor: number): void {
    this.layers?.zoomBy(factor);
  }

  fit(): void {
    this.layers?.fit();
  }

  pageBy(right: number, down: number): void {
    this.layers?.pageBy(right, down);
  }

  reveal(box: Box): void {
    this.layers?.look(this.layers.scene.showing(box));
  }

  seen(): Box {
    return this.layers?.scene.seen ?? [0, 0, 0, 0];
  }

  cancel(): boolean {
    return this.gestures?.cancel() ?? false;
  }

  back(): boolean {
    return this.gestures?.back() ?? false;
  }

  hold(space: boolean): void {
    if (this.gestures) this.gestures.space = space;
    if (this.stage) this.stage.style.cursor = space ? "grab" : "";
    this.layers?.invalidate("top");
  }

  private benchOf(document: BoxDocument): Bench {
    return {
      document,
      preview: this.preview,
      category: () => this.props.category,
      newId: () => this.props.newId(),
      isOpen: () => this.document === document,
      say: (text) => this.props.say(text),
      snap: (about) => this.props.snap(about),
    };
  }

  private shown(): Shown {
    const { tool, category, names } = this.props;
    const draws = tool !== "select" && tool !== "pan" && !this.gestures?.space && !this.gestures?.isPanning;
    return {
      document: this.document,
      source: this.source,
      preview: this.preview.snapshot(),
      category,
      names,
      handles: tool === "select",
      crosshair: draws ? this.at : null,
    };
  }

  /** The picture on its canvas covers the image that stood there first. */
  private cover(covered: boolean): void {
    this.rendition?.classList.toggle("covered", covered);
  }
}
