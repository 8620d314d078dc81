import { type RefObject, useCallback, useEffect } from "react";
import { screenUrl } from "../api/addresses";

type Props = { id: number; element: RefObject<HTMLImageElement | null> };

/** In the place of an image that did not come: asked for again at a press, and by itself when the network is back. */
export function NotLoaded({ id, element }: Props) {
  const again = useCallback(() => {
    if (element.current) element.current.src = screenUrl(id);
  }, [element, id]);
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
