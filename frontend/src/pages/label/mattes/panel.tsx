import { matteOf } from "../../../api/results";
import { modelName } from "../../../parts/format";
import type { Entry } from "../../../store/entry";
import type { MatteDocument, MatteState } from "../../../store/matte";
import type { Keymap } from "../../../tools/keys";
import { Key } from "../../keys/keycaps";
import type { MatteAction } from "./strip";
import { Do } from "./trimap";
import type { MatteDeeds } from "./use-matte-deeds";

type OriginProps = {
  entry: Entry | undefined;
  document: MatteDocument | null;
  matte: MatteState;
  busy: boolean;
  keymap: Keymap;
  act: (action: MatteAction) => void;
};

/** Where the matte comes from, in a line that is always there, and where another one may come from. */
export function Origin({ entry, document, matte, busy, keymap, act }: OriginProps) {
  const text = entry && document && matte.phase === "ready" ? originOf(entry, document, matte) : "";
  return (
    <div className="row between still matte-origin">
      <section className="small clip" aria-label="Origin of the matte" title={text}>
        {text}
      </section>
      <Do action="mattes_copy" text="Copy last" off={busy} keymap={keymap} act={act} />
    </div>
  );
}

function originOf(entry: Entry, document: MatteDocument, { changed }: MatteState): string {
  const { prediction, sent_back } = entry.item;
  const said = matteOf(prediction?.result);
  const { alpha } = document.base;
  if (entry.result && !changed) return "Labeled. A change corrects it.";
  if (prediction && alpha && alpha === said?.alpha) {
    return `${changed ? "Corrected from" : "Pre-label of"} ${modelName(prediction)}`;
  }
  if (sent_back?.alpha === alpha && alpha) return changed ? "Mended" : "Yours, sent back to be mended";
  if (alpha) return changed ? "Corrected from the label" : "Labeled";
  return changed ? "Drawn" : "Nothing painted yet";
}

type SubmitProps = {
  entry: Entry | undefined;
  document: MatteDocument | null;
  matte: MatteState;
  deeds: MatteDeeds;
  keymap: Keymap;
};

/** What submits, and what stands in the way. */
export function Submit({ entry, document, matte, deeds, keymap }: SubmitProps) {
  const off = !document || matte.phase !== "ready" || deeds.sending;
  const said = entry && !entry.result && matteOf(entry.item.prediction?.result);
  return (
    <div className="boxes-submit matte-submit">
      <Verdict entry={entry} />
      <button className="button primary" disabled={off} onClick={() => deeds.submit(true)}>
        {deeds.sending ? "Saving" : "Accept, next"} <Key action="mattes_accept_all" keymap={keymap} />
      </button>
      {said && !matte.changed && (
        <button
          className="button"
          disabled={off || matte.proposal !== null}
          onClick={deeds.reject}
          title="Put an empty matte in the place of the pre-label, and paint it anew"
        >
          Reject <Key action="mattes_reject" keymap={keymap} />
        </button>
      )}
      {said && matte.changed && (
        <button
          className="button"
          disabled={off}
          onClick={deeds.preLabel}
          title="Submit the pre-label as it came"
        >
          Pre-label
        </button>
      )}
    </div>
  );
}

function Verdict({ entry }: { entry: Entry | undefined }) {
  if (!entry) return null;
  if (entry.conflict) {
    return (
      <p className="note warn small">Two labels contradict each other: choose at the top which is right.</p>
    );
  }
  if (entry.error) {
    return (
      <p className="note bad small" role="alert">
        Not saved: {entry.error} Mend the matte and submit again, or skip it.
      </p>
    );
  }
  if (entry.skipped) return <p className="note small">Skipped. Undo brings it back.</p>;
  return null;
}
