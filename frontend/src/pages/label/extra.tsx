import { useSyncExternalStore } from "react";
import type { NextItem, Project } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import type { Entry } from "../../store/entry";
import type { Observable } from "../../store/observable";
import type { Outbox, Saving } from "../../store/outbox";
import type { Queue } from "../../store/queue";
import type { Open } from "./overlays";
import { useDecide } from "./use-decide";
import { useExtras } from "./use-extras";
import type { Held } from "./use-labeling";

type Props = {
  open: Open;
  close: () => void;
  project: Project;
  entry: Entry | undefined;
  queue: Queue;
  outbox: Outbox;
  saving: Observable<Saving>;
  held: Observable<Held>;
};

const TITLES: Partial<Record<NonNullable<Open>, string>> = {
  comments: "Comments",
  mine: "My last labels",
  conflicts: "To decide",
};

/** The panels that are opened seldom. */
export function Extra({ open, close, project, entry, queue, outbox, saving, held }: Props) {
  const title = open && TITLES[open];
  const { extras, failed, again } = useExtras(Boolean(title));
  const decide = useDecide(queue, outbox);
  const operations = useSyncExternalStore(held.subscribe, held.snapshot);
  if (!title) return null;
  if (!extras) {
    return (
      <Sheet title={title} close={close}>
        {failed && <ErrorNote error="This could not be loaded. Check the network." retry={again} />}
      </Sheet>
    );
  }
  if (open === "mine") {
    const reopen = (item: NextItem) => {
      close();
      queue.reopen(item);
    };
    return <extras.MyLabels close={close} project={project} open={reopen} />;
  }
  if (open === "conflicts") {
    return (
      <extras.Conflicts close={close} held={operations} categories={project.categories} decide={decide} />
    );
  }
  if (!entry) return null;
  const { image } = entry.item;
  return (
    <extras.CommentsSheet
      close={close}
      project={project.id}
      image={image}
      outbox={outbox}
      saving={saving}
      said={() => queue.commented(image.id)}
    />
  );
}
