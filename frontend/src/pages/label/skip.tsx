import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Sheet } from "../../parts/sheet";

const REASONS = {
  label: [
    "Nobody in the frame",
    "Too blurred or dark",
    "Several people, unclear who",
    "None of the categories fits",
    "A duplicate",
  ],
  boxes: [
    "Too blurred or dark",
    "Too crowded to box",
    "Unclear where things end",
    "Not what the project is about",
    "A duplicate",
  ],
  mattes: [
    "Nobody in the frame",
    "Too blurred or dark",
    "Unclear what belongs to the foreground",
    "Not what the project is about",
    "A duplicate",
  ],
};

/** Said where Skip does nothing. */
export const NO_SKIP = "Only what you are given to label, and have not labeled, can be skipped.";

type Props = { screen: keyof typeof REASONS; close: () => void; skip: (reason: string) => void };

/** A digit takes a reason; anything else is typed. */
export function SkipSheet({ screen, close, skip }: Props) {
  const reasons = REASONS[screen];
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) skip(reason.trim());
  };
  const press = (event: KeyboardEvent) => {
    const chosen = reason ? undefined : reasons[Number(event.key) - 1];
    if (!chosen) return;
    event.preventDefault();
    skip(chosen);
  };
  return (
    <Sheet title="Why skip it?" close={close}>
      <form className="stack" onSubmit={submit} onKeyDown={press}>
        <div className="menu">
          {reasons.map((text, n) => (
            <button type="button" key={text} className="menu-item" onClick={() => skip(text)}>
              <kbd>{n + 1}</kbd>
              <span>{text}</span>
            </button>
          ))}
        </div>
        <label className="field">
          <span>Another reason</span>
          <input
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            maxLength={500}
            autoFocus
          />
        </label>
        <button className="button primary" disabled={!reason.trim()}>
          Skip
        </button>
      </form>
    </Sheet>
  );
}
