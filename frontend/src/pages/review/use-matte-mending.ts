import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { matteUrl } from "../../api/addresses";
import { upload } from "../../api/mattes";
import type { Label } from "../../api/results";
import { MatteDocument } from "../../store/matte";
import { type Decided, MendedMattes } from "../../store/mended";
import { Workshop } from "../../store/workshop";
import type { Item } from "./use-review";

type Said = Item["annotations"][number];
const NOTHING = new MatteDocument({ id: 0, width: 1, height: 1 }, { alpha: null, trimap: null });
const NOBODY: Decided = new Map();

/** A label's matte to look at: fetched when it is, or as it was left where it was changed. */
export function useMatte(
  image: MatteDocument["image"] | undefined,
  alpha: string | undefined,
  decided = NOBODY,
) {
  const [{ workshop, mended }] = useState(() => ({ workshop: new Workshop(), mended: new MendedMattes() }));
  useEffect(() => () => workshop.close(), [workshop]);
  const document = useMemo(
    () => (image && alpha ? mended.open(image, alpha, decided) : null),
    [mended, image, alpha, decided],
  );
  const fill = useCallback(
    (document: MatteDocument) => {
      document.reload();
      workshop.fetch(matteUrl(document.base.alpha!)).then(
        (plane) => document.load({ alpha: plane }),
        (error: Error) => document.fail(error.message),
      );
    },
    [workshop],
  );
  useEffect(() => {
    if (document && !document.isReady) fill(document);
  }, [document, fill]);
  const { subscribe, snapshot } = document ?? NOTHING;
  const state = useSyncExternalStore(subscribe, snapshot);
  return { document, state, workshop, mended, again: () => document && fill(document) };
}

/** The matte of the label in focus, on which a reviewer may mend what is wrong before it is accepted. */
export function useMatteMending(item: Item | undefined, label: Said | undefined, decided: Decided) {
  const { document, state, workshop, mended, again } = useMatte(item?.image, label?.result.alpha, decided);
  const [refused, setRefused] = useState<{ document: MatteDocument; error: unknown } | null>(null);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => mended.unsafe(decided) && event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [mended, decided]);
  const failed = state.phase === "failed";
  return {
    document,
    changed: document !== null && state.changed,
    sending: state.busy !== null,
    problem: failed ? state.problem : refused?.document === document ? refused?.error : null,
    /** Fetches what did not come. */
    again: failed ? again : undefined,
    /** What would be accepted, where it is not what was said, and the server has it; undefined where it did not take it. */
    mended: async (): Promise<Label | null | undefined> => {
      if (!document?.changes("alpha")) return null;
      if (!document.isStill) return undefined; // it is on its way
      document.setBusy("Saving");
      setRefused(null);
      try {
        const file = await workshop.encode(document.planes.alpha);
        await upload(file);
        return { ...label?.result, alpha: file.sha256 };
      } catch (error) {
        setRefused({ document, error });
        return undefined;
      } finally {
        document.setBusy(null);
      }
    },
    undo: () => Boolean(document && (document.drop() || document.undo() || document.snapshot().busy)),
    leave: () => document?.drop(),
  };
}
