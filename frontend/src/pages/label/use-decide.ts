import { useCallback } from "react";
import { isComment, type Operation, type Outbox, resultOf } from "../../store/outbox";
import type { Queue } from "../../store/queue";
import { newUuid } from "../../store/uuid";

/** Carries out what the person chose: what was refused is sent again, in place of what stands, or dropped. */
export function useDecide(queue: Queue, outbox: Outbox): (operation: Operation, mine: boolean) => void {
  return useCallback(
    (operation, mine) => {
      const { id, project, image, name, method, path, body } = operation;
      if (isComment(operation)) {
        return outbox.decide(id, mine ? { project, image, name, method, path, body } : null);
      }
      const current = operation.refusal?.current ?? null;
      const uuid = newUuid();
      const result = resultOf(operation) ?? {};
      queue.choose(image, mine ? { uuid, result, mine } : current);
      const { lead_time_ms, shown_from } = body as { lead_time_ms?: number; shown_from?: number };
      const again = {
        project,
        image,
        name,
        method,
        path: `/api/images/${image}/annotations/${uuid}/`,
        body: { result, lead_time_ms, shown_from, ...(current?.uuid ? { replaces: current.uuid } : {}) },
      };
      outbox.decide(id, mine ? again : null);
    },
    [queue, outbox],
  );
}
