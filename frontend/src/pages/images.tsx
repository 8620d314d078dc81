import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { api, type ImageRow, need, type Project } from "../api/client";
import { thumbnailUrl } from "../api/addresses";
import { percent, plural } from "../parts/format";
import { Icon } from "../parts/icon";
import { Dot, Empty, ErrorNote, PageHead } from "../parts/notes";
import { DeletedImages } from "./deleted-images";
import { useProject } from "./project";

const FILTERS = {
  status: ["unlabeled", "labeled", "in_review", "done", "skipped"],
  split: ["train", "val", "test"],
} as const;

const FLAGS = { error: "Damaged", near_duplicates: "Near-duplicates" };

export default function Images() {
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const attr = params.getAll("attr");
  const filters: Asked = { ...Object.fromEntries(params), ...(attr.length && { attr }) };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["images", project.id, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => imagesPage(project.id, filters, pageParam),
    getNextPageParam: (page) => page.more,
  });
  const images = data?.pages.flatMap((page) => page.images) ?? [];
  const first = data?.pages[0];
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
      {params.has("deleted") && <DeletedImages project={project.id} images={images} more={hasNextPage} />}
      <div className="grid" aria-busy={!data && !error}>
        {!data &&
          !error &&
          Array.from({ length: 18 }, (_, n) => <div key={n} className="skeleton tile-size" />)}
        {!params.has("deleted") &&
          images.map((image) => <Tile key={image.id} image={image} project={project} />)}
      </div>
      <End
        more={() => hasNextPage && !isFetchingNextPage && void fetchNextPage()}
        busy={isFetchingNextPage}
      />
    </main>
  );
}

type Asked = Record<string, string | string[]>; // attributes any number of times
type Page = { images: Tiled[]; more?: string; seen?: number; reason?: string };
type Tiled = ImageRow & { similarity?: number };

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

function Tile({ image, project }: { image: Tiled; project: Project }) {
  const named = image.category ?? image.prediction?.category ?? null;
  const color = project.categories.find((category) => category.name === named)?.color;
  return (
    <Link className="tile" to={`/projects/${project.id}/images/${image.id}`} title={image.name}>
      <img src={thumbnailUrl(image.id)} alt={image.name} loading="lazy" />
      <span className="tile-text row tight still">
        {named && !image.error && <Dot color={color} />}
        <span className="clip">{textOf(image)}</span>
        {image.similarity !== undefined && image.similarity > 0 && (
          <span className="muted small number">{percent(image.similarity)}</span>
        )}
        {image.prediction?.distracted && !image.category && <span className="badge warn">distracted</span>}
      </span>
    </Link>
  );
}

function textOf(image: ImageRow): string {
  if (image.error) return `Damaged: ${image.error}`;
  if (image.category) return image.category;
  if (image.prediction?.category) return `${image.prediction.category}? ${percent(image.prediction.score)}`;
  if (image.prediction) return "no pre-label";
  return image.status.replace("_", " ");
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

/** The end of the list; asks for more before it comes into view. */
function End({ more, busy }: { more: () => void; busy: boolean }) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  useEffect(() => {
    latest.current = more;
  });
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "800px",
    });
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
    // Seen anew after each page: what came may not have filled the window.
  }, [busy]);
  return (
    <div ref={end} className="list-end muted small" aria-live="polite">
      {busy ? "Loading more" : ""}
    </div>
  );
}
