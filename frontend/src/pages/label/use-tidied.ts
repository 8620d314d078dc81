import { useEffect, useState } from "react";
import { api, type NextItem, type Schemas } from "../../api/client";
import type { Desk } from "../../store/desk";
import type { Queue } from "../../store/queue";
import type { QueueState } from "../../store/queue-types";

const ASKED = 20; // begun images of earlier pages that are asked for, at most

type Left = Pick<Desk, "left" | "settle">;

/**
 * What an earlier page left begun, and whose lease has run out since, comes next if nobody has labeled it; else it is
 * not this person's any more. Gives the names of those.
 */
export function useTidied(desk: Left, queue: Queue, ready: boolean, { entries }: QueueState): string[] {
  const [lost, setLost] = useState<string[]>([]);
  useEffect(() => {
    if (!ready) return;
    const here = new Set(entries.map((entry) => entry.item.image.id));
    const others = desk.left.filter(({ image }) => !here.has(image)).slice(0, ASKED);
    for (const { image: id, base } of others) {
      void api.GET("/api/images/{id}/", { params: { path: { id } } }).then(
        ({ data, response }) => {
          if (response.status === 404) desk.settle(id);
          if (!data || data.annotations.some((one) => one.current && one.uuid === base)) return;
          if (data.status === "unlabeled" && base === null) return queue.bring(itemOf(data));
          desk.settle(id);
          setLost((names) => [...names, data.name]);
        },
        () => {},
      );
    }
    // Once a page: what it leaves itself is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [desk, ready]);
  return lost;
}

/** Without a lease: a label of it counts if nobody else's comes first. */
function itemOf(image: Schemas["ImageDetailRow"]): NextItem {
  return {
    image,
    assignment: null,
    prediction: image.prediction,
    annotation: null,
    commented: false,
    sent_back: null,
  };
}
