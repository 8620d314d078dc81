import { useLayoutEffect, useRef, useState } from "react";
import type { MatteDocument } from "../../../store/matte";

/** What the labeler is told: the last thing said, and what went wrong with the image on screen. */
export function useTold(document: MatteDocument | null) {
  const [said, say] = useState("");
  const [wrong, setWrong] = useState<{ of: MatteDocument; text: string } | null>(null);
  const here = useRef(document);
  useLayoutEffect(() => {
    here.current = document;
  });
  const isHere = (of: MatteDocument) => here.current === of;
  return {
    said,
    say,
    problem: wrong !== null && wrong.of === document ? wrong.text : null,
    /** Whether it is the one on screen by now. */
    isHere,
    /** Says what came of something that took its time, to who looks at it still. */
    sayOf: (of: MatteDocument, text: string) => isHere(of) && say(text),
    fail: (of: MatteDocument, error: unknown) => {
      setWrong({ of, text: error instanceof Error ? error.message : String(error) });
      if (isHere(of)) say(""); // an alert speaks for itself
    },
    /** Something else is begun. */
    clear: () => setWrong(null),
  };
}

export type Told = ReturnType<typeof useTold>;
