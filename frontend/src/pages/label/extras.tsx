/** What is opened seldom on the labeling screen, in a file of its own. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, need, type NextItem, type Project } from "../../api/client";
import { Comments } from "../../parts/comments";
import { LabeledThumb } from "./labeled-thumb";
import { inShort, labelOf } from "../../store/labels";
import { colored, Dot, ErrorNote, Skeleton } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";
import type { Observable } from "../../store/observable";
import type { Outbox, Saving } from "../../store/outbox";
import { newUuid } from "../../store/uuid";

export { Conflicts } from "./conflicts";

type Close = { close: () => void };

type CommentsProps = Close & {
  project: number;
  image: NextItem["image"];
  outbox: Outbox;
  saving: Observable<Saving>;
  said: () => void;
};

export function CommentsSheet({ close, project, image, outbox, saving, said }: CommentsProps) {
  useSyncExternalStore(saving.subscribe, saving.snapshot);
  const waiting = outbox.comments(image.id).map(({ body }) => (body as { text: string }).text);
  const send = (text: string) => {
    outbox.add({
      project,
      image: image.id,
      name: image.name,
      method: "POST",
      path: `/api/images/${image.id}/comments/`,
      body: { uuid: newUuid(), text },
    });
    said();
  };
  return (
    <Sheet title="Comments" close={close}>
      <Comments image={image.id} waiting={waiting} send={send} focus />
    </Sheet>
  );
}

type MyLabelsProps = Close & { project: Project; open: (item: NextItem) => void };

/** Labels of this person, the newest first: to go back to one and correct it. */
export function MyLabels({ close, project, open }: MyLabelsProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["my-labels", project.id],
    staleTime: 0,
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const params = { path: { id: project.id }, query: { cursor: pageParam || undefined } };
      return need(api.GET("/api/projects/{id}/annotations/mine/", { params }));
    },
    getNextPageParam: ({ next }) => (next ? new URL(next).searchParams.get("cursor") : null),
  });
  const items = data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <Sheet title="My last labels" close={close} broad>
      {!data && !error && <Skeleton lines={2} tall />}
      <ErrorNote error={error} retry={() => void refetch()} />
      {data && !items.length && <p className="muted">You have not labeled anything here yet.</p>}
      {items.length > 0 && (
        <div className="my-labels" role="group" aria-label="Labels, the newest first">
          {items.map((item) => (
            <Mine key={item.image.id} item={item} categories={project.categories} open={open} />
          ))}
        </div>
      )}
      {hasNextPage && (
        <button className="button" onClick={() => void fetchNextPage()} disabled={isFetching}>
          Earlier ones
        </button>
      )}
    </Sheet>
  );
}

type MineProps = { item: NextItem; categories: Project["categories"]; open: (item: NextItem) => void };

function Mine({ item, categories, open }: MineProps) {
  const label = labelOf(item.annotation?.result) ?? {};
  const words = inShort(label);
  const color = categories.find((category) => category.name === label.category)?.color;
  return (
    <button
      type="button"
      className="my-label"
      style={colored(color)}
      onClick={() => open(item)}
      aria-label={`${item.image.name}, ${words}: open it`}
    >
      <LabeledThumb image={item.image.id} size={item.image} label={label} categories={categories} crop />
      <span className="row tight still">
        {label.category && <Dot />}
        <span className="clip">{words}</span>
      </span>
    </button>
  );
}
