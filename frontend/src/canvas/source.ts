import { largeUrl } from "../api/addresses";
import type { Size } from "../shapes/fit";
import type { Camera } from "../shapes/view";

/** Where the pixels of a picture come from; whatever there is of them is painted, and something sharper may come. */
export interface PictureSource {
  /** Paints what is on the stage; `ratio`: pixels of the display to one of the page. Whether there was anything to paint. */
  paint(
    context: CanvasRenderingContext2D,
    camera: Camera,
    stage: Size,
    ratio: number,
    calm: boolean,
  ): boolean;
  /** The picture is looked at with so many pixels of the display to one of the image's. */
  want(scale: number): void;
  close(): void;
}

/** From which size on screen the pixels of a picture are seen as such. */
const PIXELS_SHOW = 4;

/**
 * The rendition that is on the page already; past its resolution the original, and of a very large one the largest
 * rendition (`size=large`), decoded off the main thread. Where that does not come, the first one stays.
 */
export class ImageSource implements PictureSource {
  private large: ImageBitmap | null = null;
  private asked: AbortController | null = null;

  constructor(
    private readonly image: Size & { id: number },
    private readonly rendition: HTMLImageElement,
    private readonly sharper: () => void,
  ) {}

  paint(
    context: CanvasRenderingContext2D,
    camera: Camera,
    stage: Size,
    ratio: number,
    calm: boolean,
  ): boolean {
    const source =
      this.large ?? (this.rendition.naturalWidth && this.rendition.complete ? this.rendition : null);
    if (!source) return false;
    const width = "naturalWidth" in source ? source.naturalWidth : source.width;
    const height = "naturalHeight" in source ? source.naturalHeight : source.height;
    const { scale, x, y } = camera;
    // In pixels of the image: a little more than is seen, so that whole pixels of the source are painted.
    const perX = width / this.image.width;
    const perY = height / this.image.height;
    const left = Math.max(0, Math.floor((-x / scale) * perX));
    const top = Math.max(0, Math.floor((-y / scale) * perY));
    const right = Math.min(width, Math.ceil(((stage.width - x) / scale) * perX));
    const bottom = Math.min(height, Math.ceil(((stage.height - y) / scale) * perY));
    if (right <= left || bottom <= top) return true;
    const [stepX, stepY] = [(scale / perX) * ratio, (scale / perY) * ratio];
    context.imageSmoothingEnabled = stepX < PIXELS_SHOW || perX < 1;
    context.imageSmoothingQuality = calm && stepX < 1 ? "high" : "low";
    context.drawImage(
      source,
      left,
      top,
      right - left,
      bottom - top,
      x * ratio + left * stepX,
      y * ratio + top * stepY,
      (right - left) * stepX,
      (bottom - top) * stepY,
    );
    return true;
  }

  want(scale: number): void {
    const has = this.rendition.naturalWidth / this.image.width;
    if (this.asked || !has || has >= 1 || scale <= has * 1.1) return;
    this.asked = new AbortController();
    void this.fetch(this.asked.signal).catch(() => {
      // Another look asks again, once the network is back.
      this.asked = null;
    });
  }

  close(): void {
    this.asked?.abort();
    this.large?.close();
    this.large = null;
  }

  private async fetch(signal: AbortSignal): Promise<void> {
    const answer = await fetch(largeUrl(this.image.id), { signal });
    if (!answer.ok) throw new Error(answer.statusText);
    const bitmap = await createImageBitmap(await answer.blob());
    const upright =
      Math.abs(bitmap.width / bitmap.height / (this.image.width / this.image.height) - 1) < 0.01;
    if (signal.aborted || !upright) return bitmap.close();
    this.large = bitmap;
    this.sharper();
  }
}
