import { useEffect } from "react";

/** In the place of an image that did not come: asked for again at a press, and by itself when the network is back. */
export function NotLoaded({ again }: { again: () => void }) {
  useEffect(() => {
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [again]);
  return (
    <div className="center">
      <div className="note bad stack" role="alert">
        This image could not be loaded. Check the network, or skip it.
        <div>
          <button className="button small" onClick={again}>
            Try again
          </button>
        </div>
      </div>
    </div>
  );
}
