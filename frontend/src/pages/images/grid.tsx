import {
  type KeyboardEvent,
  memo,
  type MouseEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useNavigate } from "react-router";
import { thumbnailUrl } from "../../api/addresses";
import type { ImageRow, Project } from "../../api/client";
import { percent } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Dot } from "../../parts/notes";
import type { Selection } from "./selection";

export type Tiled = ImageRow & { similarity?: number };

const GAP = 12;
const NARROWEST = 150; // pixels of a tile
const TEXT = 36; // pixels of what stands under a picture
const STEP = 2; // rows that come and go together
const AHEAD = 60; // rows before the end, at which more is fetched
const TOO_FAST = 4000; // pixels a second, at which nobody sees a picture
const AT_REST = 200; // milliseconds without a move

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
  const navigate = useNavigate();
  const [at, setAt] = useState(0);
  const rows = Math.ceil(images.length / columns);
  const height = Math.round(((width - GAP * (columns - 1)) / columns) * 0.75) + TEXT + GAP;
  const { first, end, fast } = useInSight(rows, height, top);
  useEffect(() => {
    if (end >= rows - AHEAD) more();
  }, [end, rows, more]);

  const walk = (to: number, event: KeyboardEvent) => {
    const next = Math.max(0, Math.min(images.length - 1, to));
    event.preventDefault();
    setAt(next);
    bringIntoView(top + Math.floor(next / columns) * height, height);
    if (event.shiftKey) selection?.extend(next);
    // Its row comes into the page only after the scrolling.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const link = box.current?.querySelector<HTMLElement>(`[data-at="${next}"] a`);
        link?.focus({ preventScroll: true });
      }),
    );
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
  const press = (event: MouseEvent) => {
    const place = placeOf(event);
    const image = place === undefined ? undefined : images[place];
    if (place === undefined || !image) return;
    const choosing = event.shiftKey || event.ctrlKey || event.metaKey;
    const box = (event.target as Element).closest(".tile-check");
    if (!selection && choosing) return;
    event.preventDefault();
    if (selection && event.shiftKey) selection.extend(place);
    else if (selection && (choosing || box)) selection.toggle(place);
    else void navigate(pageOf(project, image));
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
      style={{ height: rows * height - GAP }}
      onKeyDown={keys}
      onClick={press}
      onFocus={(event) => setAt(placeOf(event) ?? at)}
    >
      {Array.from({ length: Math.max(0, end - first) }, (_, n) => (
        <Row
          key={first + n}
          number={first + n}
          {...{ project, images, columns, height, selection }}
          at={Math.floor(at / columns) === first + n ? at : -1}
          pictures={!fast}
        />
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

/** The rows in sight with some around them: as all are of one height, a division finds them. And whether they fly by. */
function useInSight(rows: number, height: number, top: number) {
  const [sight, set] = useState({ first: 0, end: STEP * 3, fast: false });
  useLayoutEffect(() => {
    let [was, when, timer, speed] = [scrollY, performance.now(), 0, 0];
    const look = (fast?: boolean) => {
      const blocks = (pixels: number) => Math.floor(pixels / height / STEP);
      const first = Math.max(0, blocks(scrollY - top) - 1) * STEP;
      const end = Math.min(rows, Math.max(0, blocks(scrollY + innerHeight - top) + 2) * STEP);
      set((old) => {
        const next = { first, end, fast: fast ?? old.fast };
        return old.first === first && old.end === end && old.fast === next.fast ? old : next;
      });
    };
    const rest = () => {
      speed = 0;
      look(false);
    };
    const scrolled = () => {
      const now = performance.now();
      // A frame may be late: what counts is how it goes over several.
      speed = 0.7 * speed + (300 * Math.abs(scrollY - was)) / Math.max(8, now - when);
      [was, when] = [scrollY, now];
      clearTimeout(timer);
      timer = window.setTimeout(rest, AT_REST);
      look(speed > TOO_FAST);
    };
    const resized = () => look();
    look();
    timer = window.setTimeout(rest, AT_REST);
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("resize", resized);
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", scrolled);
      removeEventListener("resize", resized);
    };
  }, [rows, height, top]);
  return sight;
}

function bringIntoView(from: number, height: number): void {
  const above = 72; // where a bar may cover it
  if (from < scrollY + above) scrollTo({ top: from - above });
  else if (from + height > scrollY + innerHeight - above)
    scrollTo({ top: from + height - innerHeight + above });
}

type RowProps = Omit<Props, "more"> & {
  number: number;
  columns: number;
  height: number;
  /** The place of the image that keys begin at, if it is in this row; else -1. */
  at: number;
  pictures: boolean;
};

const Row = memo(function Row(props: RowProps) {
  const { project, images, selection, number, columns, height, at, pictures } = props;
  const [seen, setSeen] = useState(pictures); // what has its pictures keeps them
  if (pictures && !seen) setSeen(true);
  return (
    <div
      role="row"
      aria-rowindex={number + 1}
      className="image-row"
      style={{
        top: number * height,
        height: height - GAP,
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
      }}
    >
      {images.slice(number * columns, (number + 1) * columns).map((image, n) => (
        <Tile
          key={image.id}
          image={image}
          project={project}
          at={number * columns + n}
          first={number * columns + n === at}
          chosen={selection?.has(image.id) ?? false}
          chooses={Boolean(selection)}
          picture={pictures || seen}
        />
      ))}
    </div>
  );
});

type TileProps = {
  image: Tiled;
  project: Project;
  at: number;
  first: boolean;
  chosen: boolean;
  chooses: boolean;
  picture: boolean;
};

/** As little as it can be, for scrolling makes hundreds a second: what it does when pressed is the grid's to know. */
function Tile({ image, project, at, first, chosen, chooses, picture }: TileProps) {
  const named = image.category ?? image.prediction?.category ?? null;
  const color = project.categories.find((category) => category.name === named)?.color;
  return (
    <div
      role="gridcell"
      aria-selected={chooses ? chosen : undefined}
      data-at={at}
      className={chosen ? "tile-cell chosen" : "tile-cell"}
    >
      <a className="tile" href={pageOf(project, image)} title={image.name} tabIndex={first ? 0 : -1}>
        {picture ? (
          <img src={thumbnailUrl(image.id)} alt={image.name} decoding="async" />
        ) : (
          <span className="tile-blank" />
        )}
        <span className="tile-text row tight still">
          {named && !image.error && <Dot color={color} />}
          <span className="clip">{textOf(image)}</span>
          {image.similarity !== undefined && image.similarity > 0 && (
            <span className="muted small number">{percent(image.similarity)}</span>
          )}
          {image.gold && <span className="badge">gold</span>}
          {image.prediction?.distracted && !image.category && <span className="badge warn">distracted</span>}
        </span>
      </a>
      {chooses && (
        <span
          className="tile-check"
          role="checkbox"
          tabIndex={-1}
          aria-checked={chosen}
          aria-label={`Choose ${image.name}`}
        >
          {chosen && <Icon name="accept" size={14} />}
        </span>
      )}
    </div>
  );
}

function pageOf(project: Project, image: Tiled): string {
  return `/projects/${project.id}/images/${image.id}`;
}

/** The place of the image that an event befell. */
function placeOf(event: { target: EventTarget }): number | undefined {
  const cell = event.target instanceof Element && event.target.closest<HTMLElement>("[data-at]");
  return cell ? Number(cell.dataset.at) : undefined;
}

function textOf(image: ImageRow): string {
  if (image.error) return `Damaged: ${image.error}`;
  if (image.category) return image.category;
  if (image.prediction?.category) return `${image.prediction.category}? ${percent(image.prediction.score)}`;
  if (image.prediction) return "no pre-label";
  return image.status.replace("_", " ");
}
