import { size } from "../../parts/format";
import { Bar } from "../../parts/notes";
import type { Sending } from "./use-sending";

/** How far a large file is. */
export function Sent({ sending, cancel }: { sending: Sending; cancel: () => void }) {
  return (
    <div className="stack">
      <div className="row between">
        <span className="break">Sending {sending.name}</span>
        <span className="row tight">
          <span className="muted number">
            {size(sending.bytes)} of {size(sending.total)}
          </span>
          <button type="button" className="button small" onClick={cancel}>
            Cancel
          </button>
        </span>
      </div>
      <Bar value={sending.bytes} total={sending.total} label={`Sending ${sending.name}`} />
    </div>
  );
}
