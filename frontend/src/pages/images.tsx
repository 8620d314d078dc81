import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import { api, need } from "../api/client";
import { Dot, ErrorNote, percent, Skeleton } from "../parts/ui";
import { useProject } from "./project";

const FILTERS = {
  status: ["unlabeled", "labeled", "in_review", "done", "skipped"],
  split: ["train", "val", "test"],
} as const;

export default function Images() {
  const project = useProject();
  const [params, setParams] = useSearchParams();
  const filters = Object.fromEntries(params);
  const end = useRef<HTMLDivElement>(null);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["images", project.id, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => need(api.GET("/api/projects/{id}/images/", { params: { path: { id: project.id }, query: { ...filters, cursor: pageParam, page_size: 100 } as never } })),
    getNextPageParam: (page) => (page.next ? (new URL(page.next).searchParams.get("cursor") ?? undefined) : undefined),
  });
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && hasNextPage && !isFetchingNextPage && void fetchNextPage(), { rootMargin: "600px" });
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const choose = (name: string, value: string) => setParams((now) => {
    if (value) now.set(name, value);
    else now.delete(name);
    return now;
  });
  const images = data?.pages.flatMap((page) => page.results) ?? [];
  const color = (name: string | null) => project.categories.find((category) => category.name === name)?.color;
  return (
    <main className="page">
      <div className="row between"><h1>Images</h1>
        <div className="row tight">
          {Object.entries({ ...FILTERS, category: project.categories.map((category) => category.name) }).map(([name, values]) => (
            <select key={name} style={{ width: 150 }} aria-label={`Filter by ${name}`} value={params.get(name) ?? ""} onChange={(e) => choose(name, e.target.value)}>
              <option value="">Any {name}</option>{values.map((value) => <option key={value} value={value}>{value.replace("_", " ")}</option>)}
            </select>
          ))}
          <label className="check"><input type="checkbox" checked={params.has("error")} onChange={(e) => choose("error", e.target.checked ? "1" : "")} /><span>Damaged</span></label>
        </div>
      </div>
      <ErrorNote error={error} retry={() => void refetch()} />
      {!data && !error && <Skeleton lines={6} />}
      {data && !images.length && (
        <div className="empty"><h2>{params.size ? "No image fits" : "No images yet"}</h2>
          {params.size ? <button className="button" onClick={() => setParams({})}>Show all</button> : project.role === "manager" && <Link className="button primary" to="../import" relative="path">Import images</Link>}</div>
      )}
      <div className="grid">
        {images.map((image) => (
          <Link key={image.id} className="tile" to={`/projects/${project.id}/images/${image.id}`}>
            <img src={`/api/images/${image.id}/thumbnail/`} alt={image.name} loading="lazy" />
            <span className="label">
              <Dot color={color(image.category) ?? "transparent"} />
              <span>{image.error ? `Damaged: ${image.error}` : (image.category ?? (image.prediction?.category ? `${image.prediction.category}? ${percent(image.prediction.score)}` : image.status.replace("_", " ")))}</span>
            </span>
          </Link>
        ))}
      </div>
      <div ref={end}>{isFetchingNextPage && <Skeleton lines={1} />}</div>
    </main>
  );
}
