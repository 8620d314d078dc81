import type { Size } from "../shapes/fit";

/** Tells the stage's size in pixels of the page and, where the browser knows them, of the display. Returns what ends it. */
export function measured(stage: HTMLElement, tell: (size: Size, pixels: Size | null) => void): () => void {
  const measure = (pixels: Size | null) =>
    tell({ width: stage.clientWidth, height: stage.clientHeight }, pixels);
  measure(null);
  const observer = new ResizeObserver(([entry]) => {
    const pixels = entry?.devicePixelContentBoxSize?.[0];
    // Of a display that is emulated a browser tells the real one's pixels.
    const ratio = pixels ? pixels.inlineSize / stage.clientWidth / devicePixelRatio : 0;
    const isTrue = Math.abs(ratio - 1) < 0.05;
    measure(pixels && isTrue ? { width: pixels.inlineSize, height: pixels.blockSize } : null);
  });
  // A window that goes to another display changes its pixels alone.
  try {
    observer.observe(stage, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(stage);
  }
  return () => observer.disconnect();
}
