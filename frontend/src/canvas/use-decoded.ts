import { type RefObject, useEffect, useRef } from "react";
import { painted } from "./painted";

/** Calls back when the image is decoded, and when it has been seen. */
export function useDecoded(
  element: RefObject<HTMLImageElement | null>,
  id: number,
  shown: (() => void) | undefined,
  decoded: () => void,
): void {
  const latest = useRef(decoded);
  useEffect(() => {
    latest.current = decoded;
  });
  useEffect(() => {
    let there = true;
    element.current
      ?.decode()
      .then(() => {
        if (there) latest.current();
        return painted();
      })
      .then(
        () => there && shown?.(),
        () => {},
      );
    return () => {
      there = false;
    };
  }, [element, id, shown]);
}
