import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { api, need } from "../../api/client";
import { thumbnailUrl } from "../../api/addresses";
import { plural } from "../../parts/format";
import { ErrorNote, PageHead } from "../../parts/notes";
import { asQuery } from "./asked";
import { BulkBar } from "./bulk";
import { DeletedImages } from "./deleted";
import { ImageGrid } from "./grid";
import { Filters } from "./filters";
import { KeysButton } from "../keys/keycaps";
import { KeysSheet } from "../keys/keys-sheet";
import { useKeymap } from "../keys/use-keymap";
import { useKeys } from "../keys/use-keys";
import { NoImages } from "./none";
import { useProject } from "../project";
import { useSelection } from "./selection";
import type { Tiled } from "./tile";

export default function Images() {
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => asQuery(params), [params]);
  const listKey = ["images", project.id, filters];
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: listKey,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => imagesPage(project.id, filters, pageParam),
    getNextPageParam: (page) => page.more,
    // A thousand pages are not fetched again because a window was looked at again.
    refetchOnWindowFocus: false,
    // Nor are they compared, row by row, whenever one more comes.
    structuralSharing: false,
  });
  const images = useMemo(() => data?.pages.flatMap((page) => page.images) ?? [], [data]);
  const ids = useMemo(() => images.map((image) => image.id), [images]);
  const selection = useSelection(ids, params.toString());
  const skipped = useMemo(
    () =>
      selection.all
        ? (params.get("status") ?? "skipped") === "skipped"
        : images.some((image) => image.status === "skipped" && selection.ids.has(image.id)),
    [images, selection, params],
  );
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const [help, setHelp] = useState(false);
  const { keymap, ...settings } = useKeymap();
  useKeys({
    screen: "images",
    keymap,
    paused: help,
    act: (action) => action === "images_help" && setHelp(true),
  });
  const first = data?.pages[0];
  const deleted = params.has("deleted");
  const chooses = project.role !== "labeler" && !deleted;
  return (
    <main className="page">
      <PageHead title="Images">
        <KeysButton action="images_help" keymap={keymap} open={() => setHelp(true)} />
      </PageHead>
      {help && (
        <KeysSheet
          screen="images"
          project={project}
          keymap={keymap}
          {...settings}
          close={() => setHelp(false)}
        />
      )}
      <Filters project={project} params={params} change={setParams} />
      <ErrorNote error={error} retry={() => void refetch()} />
      {filters.similar && first && (
        <Likeness id={String(filters.similar)} seen={first.seen ?? 0} clear={() => setParams({})} />
      )}
      {data && !images.length && (
        <NoImages
          project={project}
          filtered={params.size > 0}
          reason={first?.reason}
          unseen={first?.unseen}
          clear={() => setParams({})}
          again={() => void refetch()}
        />
      )}
      {deleted && <DeletedImages project={project.id} images={images} more={hasNextPage} />}
      {!data && !error && (
        <div className="grid waiting" aria-busy>
          {Array.from({ length: 18 }, (_, n) => (
            <div key={n} className="skeleton tile-size" />
          ))}
        </div>
      )}
      {!deleted && images.length > 0 && (
        <ImageGrid
          project={project}
          images={images}
          selection={chooses ? selection : undefined}
          more={more}
        />
      )}
      {deleted && hasNextPage && (
        <button className="button" disabled={isFetchingNextPage} onClick={more}>
          Show more
        </button>
      )}
      <div className="list-end muted small" aria-live="polite">
        {isFetchingNextPage ? "Loading more" : ""}
      </div>
      {chooses && (
        <BulkBar
          project={project}
          selection={selection}
          filter={filters.similar ? undefined : filters}
          skipped={skipped}
          listKey={listKey}
          keymap={keymap}
          paused={help}
        />
      )}
    </main>
  );
}

type Page = { images: Tiled[]; more?: string; seen?: number; reason?: string; unseen?: boolean };

/** A page of the list, or of the images most like the one that `similar` names. */
async function imagesPage(
  project: number,
  filters: ReturnType<typeof asQuery>,
  from?: string,
): Promise<Page> {
  const { similar, ...rest } = filters;
  if (similar) {
    const path = { id: Number(similar) };
    const query = { ...rest, start: from ? Number(from) : undefined } as never;
    const found = await need(api.GET("/api/images/{id}/similar/", { params: { path, query } }));
    return { ...found, images: found.results, more: found.next ? String(found.next) : undefined };
  }
  const query = { ...rest, cursor: from, page_size: 100 } as never;
  const page = await need(
    api.GET("/api/projects/{id}/images/", { params: { path: { id: project }, query } }),
  );
  const next = page.next && new URL(page.next).searchParams.get("cursor");
  return { images: page.results, more: next || undefined };
}

/** What the images on this page are like, and how many were looked at. */
function Likeness({ id, seen, clear }: { id: string; seen: number; clear: () => void }) {
  const project = useProject();
  return (
    <p className="row likeness">
      <Link to={`/projects/${project.id}/images/${id}`}>
        <img src={thumbnailUrl(Number(id))} alt="The image that the others are like" />
      </Link>
      <span>
        Most like this one first, <span className="number">{plural(seen, "image")}</span> compared
      </span>
      <button className="button small" onClick={clear}>
        Show all images
      </button>
    </p>
  );
}
