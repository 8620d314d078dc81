import { type KeyboardEvent, memo, type MouseEvent, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Project } from "../../api/client";
import type { Selection } from "./selection";
import { bringIntoView, GAP, TEXT, useInSight, useLayout } from "./sight";
import { pageOf, Tile, type Tiled } from "./tile";

const AHEAD = 60; // rows before the end, at which more is fetched

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

/** The place of the image that an event befell. */
function placeOf(event: { target: EventTarget }): number | undefined {
  const cell = event.target instanceof Element && event.target.closest<HTMLElement>("[data-at]");
  return cell ? Number(cell.dataset.at) : undefined;
}
