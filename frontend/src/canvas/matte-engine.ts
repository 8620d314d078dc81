import type { Ref } from "react";
import type { Box, Size } from "../shapes/fit";
import type { Point } from "../shapes/view";
import type { Layer } from "../store/history";
import type { MatteDocument } from "../store/matte";
import { Observable } from "../store/observable";
import { MatteGestures } from "../tools/matte-gestures";
import {
  type BrushSettings,
  isOfTrimap,
  type MatteBench,
  type MattePreview,
  type MatteToolName,
  PAINTS,
} from "../tools/matte-tool";
import { type MatteCanvases, MatteLayers, type MatteShown } from "./matte-layers";
import type { MatteView } from "./matte-views";
import { measured } from "./measured";
import type { Look } from "./picture";
import { listen } from "./pointers";
import { ImageSource, type PictureSource } from "./source";

export type MatteControls = {
  zoomBy(factor: number): void;
  fit(): void;
  /** Looks further along an enlarged image, by shares of the stage: right and down. */
  pageBy(right: number, down: number): void;
  /** The part of the image that is in sight. */
  seen(): Box;
  /** Leaves what is half done. Whether there was anything. */
  cancel(): boolean;
  /** Ends a stroke that goes on, as if the pointer were lifted. Whether there was anything. */
  finish(): boolean;
  /** The space bar is down: the image moves with the pointer. */
  hold(space: boolean): void;
};

export type MatteCanvasProps = {
  image: Size & { id: number; name: string };
  /** The matte; null while it is not known what was begun. */
  document: MatteDocument | null;
  tool: MatteToolName;
  brush: BrushSettings;
  look: Look;
  view: MatteView;
  /** What becomes of each level, while that is tried out. */
  levels?: Uint8Array;
  /** A picture behind what is cut out. */
  backdrop?: ImageBitmap | null;
  /** Left of this share of the stage the matte is as it was; null where nothing is split. */
  split?: number | null;
  setSplit?: (split: number) => void;
  say: (text: string) => void;
  /** Has a layer looked at that is painted on. */
  reveal?: (layer: Layer) => void;
  segment?: MatteBench["segment"];
  shown?: () => void;
  controls?: Ref<MatteControls>;
};

/** What lives between React's frames: layers, gestures, and where the pointer is. */
export class MatteEngine implements MatteControls {
  private props!: MatteCanvasProps;
  private layers: MatteLayers | null = null;
  private gestures: MatteGestures | null = null;
  private source: PictureSource | null = null;
  private document: MatteDocument | null = null;
  private rendition: HTMLImageElement | null = null;
  private stage: HTMLElement | null = null;
  private at: Point | null = null;
  private unlisten = () => {};
  private readonly preview = new Observable<MattePreview | null>(null);

  start(stage: HTMLElement, canvases: MatteCanvases, sized: (size: Size) => void): () => void {
    this.stage = stage;
    const layers = new MatteLayers(
      canvases,
      () => this.shown(),
      (away) => this.rendition?.classList.toggle("covered", away),
    );
    this.layers = layers;
    this.take(this.props);
    const unmeasure = measured(stage, (size, pixels) => {
      sized(size);
      layers.resize(size, pixels);
    });
    const unwatch = this.preview.subscribe(() => layers.invalidate("top"));
    return () => {
      unmeasure();
      unwatch();
      layers.close();
      this.source?.close();
      this.unlisten();
    };
  }

  /** What React has drawn anew may change what lies on the canvases. */
  take(props: MatteCanvasProps): void {
    const split = this.props?.split;
    this.props = props;
    const { layers } = this;
    if (!layers) return;
    layers.see(props.view, props.levels, props.backdrop ?? null);
    const compares = (props.split ?? null) !== null;
    if (compares !== layers.isComparing) layers.compare(compares);
    else if (props.split !== split) layers.repaint();
    layers.invalidate("top");
  }

  open(image: Size & { id: number }, rendition: HTMLImageElement): () => void {
    this.rendition = rendition;
    rendition.classList.remove("covered");
    this.source = new ImageSource(image, rendition, () => this.layers?.invalidate("picture"));
    this.layers?.show(image);
    return () => this.source?.close();
  }

  work(document: MatteDocument | null): () => void {
    this.document = document;
    this.preview.set(null);
    this.unlisten();
    const { layers, stage } = this;
    if (!layers || !stage) return () => {};
    layers.work(document);
    const stop = document ? this.watch(document, layers) : [];
    const gestures = new MatteGestures(
      document && this.benchOf(document),
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
      all: true,
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
      gestures.finish();
      stop.forEach((end) => end());
      this.unlisten();
    };
  }

  private watch(document: MatteDocument, layers: MatteLayers): (() => void)[] {
    let { phase } = document.snapshot();
    return [
      document.watch((layer, box) => layers.touch(layer, box)),
      document.subscribe(() => {
        layers.invalidate("top");
        const now = document.snapshot().phase;
        // Loaded, it has other planes.
        if (now !== phase) layers.work(document);
        phase = now;
      }),
    ];
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

  seen(): Box {
    return this.layers?.scene.seen ?? [0, 0, 0, 0];
  }

  cancel(): boolean {
    return this.gestures?.cancel() ?? false;
  }

  finish(): boolean {
    return this.gestures?.finish() ?? false;
  }

  hold(space: boolean): void {
    if (this.gestures) this.gestures.space = space;
    if (this.stage) this.stage.style.cursor = space ? "grab" : "";
    this.layers?.invalidate("top");
  }

  private benchOf(document: MatteDocument): MatteBench {
    return {
      document,
      preview: this.preview,
      brush: () => this.props.brush,
      say: (text) => this.props.say(text),
      reveal: (layer) => this.props.reveal?.(layer),
      segment: (about) => this.props.segment?.(about),
    };
  }

  private shown(): MatteShown {
    const { tool, brush, split = null } = this.props;
    const radius = brush.size / 2;
    const isBrush =
      this.document && PAINTS[tool] && tool !== "lasso" && !this.gestures?.space && !this.gestures?.isPanning;
    return {
      source: this.source,
      preview: this.preview.snapshot(),
      proposed: this.document?.snapshot().proposal?.window ?? null,
      brush:
        isBrush && this.at
          ? { at: this.at, radius, core: isOfTrimap(tool) ? radius : radius * brush.hardness }
          : null,
      split,
    };
  }
}
