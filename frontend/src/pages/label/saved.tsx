import { useSyncExternalStore } from "react";
import { Dot } from "../../parts/notes";
import type { Observable } from "../../store/observable";
import type { Saving } from "../../store/outbox";

/** Whether the server has what was done. */
export function SavedMark({ saving, any }: { saving: Observable<Saving>; any: boolean }) {
  const [text, color] = mark(useSyncExternalStore(saving.subscribe, saving.snapshot), any);
  return <Mark text={text} color={color} />;
}

export function Mark({ text, color }: { text: string; color: string }) {
  return (
    <span className="saved" role="status">
      {text && (
        <>
          <Dot color={color} />
          {text}
        </>
      )}
    </span>
  );
}

function mark(saving: Saving, any: boolean): [string, string] {
  if (!saving.reachable) {
    const kept = saving.kept === saving.waiting ? "kept" : "not sent";
    return [`Offline · ${saving.waiting} ${kept}`, "var(--warn)"];
  }
  return standing(saving.waiting, any);
}

/** Of a connection that is there. `any`: whether there is something that could be saved. */
export function standing(waiting: number, any: boolean): [string, string] {
  if (waiting) return ["Saving", "var(--muted)"];
  return any ? ["Saved", "var(--good)"] : ["", ""];
}
