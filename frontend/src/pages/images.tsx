import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { api, need, type Project } from "../api/client";
import { thumbnailUrl } from "../api/addresses";
import { plural } from "../parts/format";
import { Icon } from "../parts/icon";
import { Empty, ErrorNote, PageHead } from "../parts/notes";
import { BulkBar } from "./bulk";
import { DeletedImages } from "./deleted-images";
import { ImageGrid, type Tiled } from "./image-grid";
import { useProject } from "./project";
import { useSelection } from "./selection";

const FILTERS = {
  status: ["unlabeled", "labeled", "in_review", "done", "skipped"],
  split: ["train", "val", "test"],
} as const;

const FLAGS = { error: "Damaged", near_duplicates: "Near-duplicates" };

export default function Images() {
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const filters: Asked = useMemo(() => {
    const attr = params.getAll("attr");
    return { ...Object.fromEntries(params), ...(attr.length && { attr }) };
  }, [params]);
  const listKey = ["images", project.id, filters];
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: listKey,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => imagesPage(project.id, filters, pageParam),
    getNextPageParam: (page) => page.more,
    // A thousand pages are not fetched again because a window was looked at again.
    refetchOnWindowFocus: false,
  });
  const images = useMemo(() => data?.pages.flatMap((page) => page.images) ?? [], [data]);
  const ids = useMemo(() => images.map((image) => image.id), [images]);
  const selection = useSelection(ids, params.toString());
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const first = data?.pages[0];
  const deleted = params.has("deleted");
  const chooses = project.role !== "labeler" && !deleted;
  return (
    <main className="page">
      <PageHead title="Images">
        <Filters project={project} params={params} change={setParams} />
      </PageHead>
      <ErrorNote error={error} retry={() => void refetch()} />
      {filters.similar && first && (
        <Likeness id={String(filters.similar)} seen={first.seen ?? 0} clear={() => setParams({})} />
      )}
      {data && !images.length && (
        <NoImages
          project={project}
          filtered={params.size > 0}
          reason={first?.reason}
          clear={() => setParams({})}
        />
      )}
      {deleted && <DeletedImages project={project.id} images={images} more={hasNextPage} />}
      {!data && !error && (
        <div className="grid" aria-busy>
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
          listKey={listKey}
        />
      )}
    </main>
  );
}

type Asked = Record<string, string | string[]>; // attributes any number of times
type Page = { images: Tiled[]; more?: string; seen?: number; reason?: string };
/** A page of the list, or of the images most like the one that `similar` names. */
async function imagesPage(project: number, filters: Asked, from?: string): Promise<Page> {
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

type FiltersProps = {
  project: Project;
  params: URLSearchParams;
  change: (params: URLSearchParams) => void;
};

function Filters({ project, params, change }: FiltersProps) {
  const choose = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    change(next);
  };
  const all = { ...FILTERS, category: project.categories.map((category) => category.name) };
  return (
    <>
      {Object.entries(all).map(([name, values]) => (
        <select
          key={name}
          className="filter"
          aria-label={`Filter by ${name}`}
          value={params.get(name) ?? ""}
          onChange={(event) => choose(name, event.target.value)}
        >
          <option value="">Any {name}</option>
          {values.map((value) => (
            <option key={value} value={value}>
              {value.replace("_", " ")}
            </option>
          ))}
        </select>
      ))}
      {Object.entries(FLAGS).map(([name, text]) => (
        <Flag key={name} name={name} text={text} params={params} choose={choose} />
      ))}
      {project.role === "manager" && <Flag name="deleted" text="Deleted" params={params} choose={choose} />}
    </>
  );
}

type FlagProps = {
  name: string;
  text: string;
  params: URLSearchParams;
  choose: (name: string, value: string) => void;
};

/** Changes at once: the address, which it stands for, follows when the page has got there. */
function Flag({ name, text, params, choose }: FlagProps) {
  const there = params.has(name);
  const [{ on, was }, set] = useState({ on: there, was: there });
  if (was !== there) set({ on: there, was: there });
  return (
    <label className="check filter-check">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => {
          set({ on: event.target.checked, was });
          choose(name, event.target.checked ? "1" : "");
        }}
      />
      <span>{text}</span>
    </label>
  );
}

type NoImagesProps = { project: Project; filtered: boolean; reason?: string; clear: () => void };

function NoImages({ project, filtered, reason, clear }: NoImagesProps) {
  if (filtered) {
    return (
      <Empty icon="images" title="No image fits" text={reason || "None has all that the filters ask for."}>
        <button className="button" onClick={clear}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty icon="images" title="No images yet" text="What is imported appears here.">
      {project.role === "manager" && (
        <Link className="button primary" to={`/projects/${project.id}/import`}>
          <Icon name="import" /> Import images
        </Link>
      )}
    </Empty>
  );
}
