import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { thumbnailUrl } from "../api/addresses";
import type { ImageRow, Project } from "../api/client";
import { percent } from "../parts/format";
import { Dot } from "../parts/notes";
import type { Selection } from "./selection";

export type Tiled = ImageRow & { similarity?: number };

const GAP = 12;
const NARROWEST = 150; // pixels of a tile
const TEXT = 36; // pixels of what stands under a picture
const AHEAD = 8; // rows before the end, at which more is fetched

type Props = {
  project: Project;
  images: readonly Tiled[];
  /** Undefined where nobody may choose. */
  selection?: Selection;
  more: () => void;
};

/** Any number of images, of which only the rows in sight are in the page. The arrow keys walk, Space chooses. */
export function ImageGrid({ project, images, selection, more }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { columns, width, top } = useLayout(box);
  const [at, setAt] = useState(0);
  const rows = Math.ceil(images.length / columns);
  const height = Math.round(((width - GAP * (columns - 1)) / columns) * 0.75) + TEXT + GAP;
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => height,
    overscan: 4,
    scrollMargin: top,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows - AHEAD) more();
  }, [last, rows, more]);

  const walk = (to: number, event: KeyboardEvent) => {
    const next = Math.max(0, Math.min(images.length - 1, to));
    event.preventDefault();
    setAt(next);
    virtual.scrollToIndex(Math.floor(next / columns));
    if (event.shiftKey) selection?.extend(next);
    // Its row may come into the page only now.
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-at="${next}"] a`)?.focus());
  };
  const keys = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -columns * 4,
      PageDown: columns * 4,
      Home: -at,
      End: images.length - 1 - at,
    };
    const step = steps[event.key];
    if (step !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) walk(at + step, event);
    else if (event.key === " " && selection) {
      event.preventDefault();
      if (event.shiftKey) selection.extend(at);
      else selection.toggle(at);
    }
  };
  return (
    <div
      ref={box}
      role="grid"
      aria-label="Images"
      aria-multiselectable={Boolean(selection)}
      aria-rowcount={rows}
      aria-colcount={columns}
      className="image-rows"
      style={{ height: virtual.getTotalSize() }}
      onKeyDown={keys}
    >
      {shown.map((row) => (
        <div
          key={row.key}
          role="row"
          aria-rowindex={row.index + 1}
          className="image-row"
          style={{
            transform: `translateY(${row.start - top}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
        >
          {images.slice(row.index * columns, (row.index + 1) * columns).map((image, n) => {
            const index = row.index * columns + n;
            return (
              <Tile
                key={image.id}
                image={image}
                project={project}
                at={index}
                first={index === at}
                focused={() => setAt(index)}
                selection={selection}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

function useLayout(box: React.RefObject<HTMLDivElement | null>) {
  const [layout, set] = useState({ columns: 1, width: NARROWEST, top: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      if (!box.current) return;
      const { width, top } = box.current.getBoundingClientRect();
      const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
      const next = { columns, width, top: Math.round(top + scrollY) };
      set((was) => (was.columns === columns && was.width === width && was.top === next.top ? was : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    observer.observe(document.body); // what stands above may grow
    return () => observer.disconnect();
  }, [box]);
  return layout;
}

type TileProps = {
  image: Tiled;
  project: Project;
  at: number;
  first: boolean;
  focused: () => void;
  selection?: Selection;
};

function Tile({ image, project, at, first, focused, selection }: TileProps) {
  const named = image.category ?? image.prediction?.category ?? null;
  const color = project.categories.find((category) => category.name === named)?.color;
  const chosen = selection?.has(image.id) ?? false;
  const click = (event: MouseEvent) => {
    if (!selection || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (event.shiftKey) selection.extend(at);
    else selection.toggle(at);
  };
  return (
    <div
      role="gridcell"
      aria-selected={selection ? chosen : undefined}
      data-at={at}
      className={`tile-cell${chosen ? " chosen" : ""}`}
    >
      <Link
        className="tile"
        to={`/projects/${project.id}/images/${image.id}`}
        title={image.name}
        tabIndex={first ? 0 : -1}
        onFocus={focused}
        onClick={click}
      >
        <img src={thumbnailUrl(image.id)} alt={image.name} />
        <span className="tile-text row tight still">
          {named && !image.error && <Dot color={color} />}
          <span className="clip">{textOf(image)}</span>
          {image.similarity !== undefined && image.similarity > 0 && (
            <span className="muted small number">{percent(image.similarity)}</span>
          )}
          {image.prediction?.distracted && !image.category && <span className="badge warn">distracted</span>}
        </span>
      </Link>
      {selection && (
        <input
          type="checkbox"
          className="tile-check"
          tabIndex={-1}
          aria-label={`Choose ${image.name}`}
          checked={chosen}
          onChange={() => selection.toggle(at)}
        />
      )}
    </div>
  );
}

function textOf(image: ImageRow): string {
  if (image.error) return `Damaged: ${image.error}`;
  if (image.category) return image.category;
  if (image.prediction?.category) return `${image.prediction.category}? ${percent(image.prediction.score)}`;
  if (image.prediction) return "no pre-label";
  return image.status.replace("_", " ");
}
