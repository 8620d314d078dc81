import { useState } from "react";
import { percent, points } from "../../parts/format";
import { Sheet } from "../../parts/sheet";
import type { Gate } from "./use-promotion";

const ROWS = [
  ["macro_f1", "Macro-F1"],
  ["accuracy", "Accuracy"],
] as const;

type Props = { gate: Gate; close: () => void; force: (reason: string) => void };

/** The gate's answer with its figures, and the way past it for who gives a reason. */
export function Refused({ gate, close, force }: Props) {
  const [reason, setReason] = useState("");
  const { candidate, production, difference } = gate;
  return (
    <Sheet title="The gate refuses this version" close={close}>
      <p>{gate.reason}</p>
      {candidate && (
        <table>
          <thead>
            <tr>
              <td className="muted small">On {gate.count} images</td>
              <th className="number">This one</th>
              {production && <th className="number">In production</th>}
            </tr>
          </thead>
          <tbody>
            {ROWS.filter(([name]) => name in candidate).map(([name, text]) => (
              <tr key={name}>
                <td>{text}</td>
                <td className="number">{percent(candidate[name], 1)}</td>
                {production && <td className="number">{percent(production[name], 1)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {difference && (
        <p className="muted small number">
          Difference in macro-F1 {points(difference.value)} points, 95 % interval {points(difference.low)} to{" "}
          {points(difference.high)}.
        </p>
      )}
      <label className="field">
        <span>Promote it anyway, because</span>
        <input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={500} />
        <span className="hint">The reason is kept with the promotion.</span>
      </label>
      <div className="row end">
        <button className="button" onClick={close}>
          Leave it
        </button>
        <button className="button danger" disabled={!reason.trim()} onClick={() => force(reason.trim())}>
          Promote anyway
        </button>
      </div>
    </Sheet>
  );
}
