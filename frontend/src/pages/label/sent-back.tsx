import type { Entry } from "../../store/entry";

/** Why a label of this person's came back. */
export function SentBack({ entry }: { entry: Entry | undefined }) {
  const told = entry?.item.sent_back;
  if (!told || entry.result !== null) return null;
  return (
    <section className="note warn small break" aria-label="Sent back">
      <b>Sent back by {told.reviewer}.</b> {told.comment || "Look again, please."}
    </section>
  );
}
