const NO_FRAME_MS = 150;

/**
 * Resolves when what was changed just now is on its way to the screen: at the begin of the frame after the one that
 * shows it. A page that nobody sees gets no frames, and waits for none.
 */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, document.visibilityState === "hidden" ? 0 : NO_FRAME_MS);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
