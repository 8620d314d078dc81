import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { Project } from "../../api/client";
import { Sheet } from "../../parts/sheet";
import { MadeOutlines } from "./made-outlines";
import { type BatchDetail, batchQuery, type Made, pictureUrl } from "./queries";

type Props = {
  batch: BatchDetail;
  project: Project;
  rows: readonly Made[];
  open: number;
  look: (id: number | null) => void;
  chosen: ReadonlySet<number>;
  toggle: (id: number) => void;
};

/** One picture as large as there is room, a translation beside the render that it was made of. Arrows go on, space chooses. */
export function Large({ batch, project, rows, open, look, chosen, toggle }: Props) {
  const [boxes, setBoxes] = useState(true);
  const inside = useRef<HTMLDivElement>(null);
  useEffect(() => inside.current?.focus(), []); // its keys work from the start
  const place = rows.findIndex(({ id }) => id === open);
  const picture = rows[place];
  const source = useQuery({ ...batchQuery(batch.source ?? 0), enabled: Boolean(batch.source) });
  if (!picture) return null;
  const render = source.data?.images.find(({ id }) => id === picture.source);
  const go = (step: number) => {
    const next = rows[place + step];
    if (next) look(next.id);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowRight") go(1);
    else if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "b") setBoxes(!boxes);
    else if (event.key === " " && !(event.target as HTMLElement).closest("button, input, a"))
      toggle(picture.id);
    else return;
    event.preventDefault();
  };
  return (
    <Sheet title={`Picture ${picture.number + 1}`} broad close={() => look(null)}>
      <div className="stack large-made" tabIndex={-1} ref={inside} onKeyDown={keys}>
        <div className={render ? "two side-by-side" : ""}>
          {render && <Framed picture={render} project={project} boxes={boxes} text="render" />}
          <Framed picture={picture} project={project} boxes={boxes} text={render ? "translated" : ""} />
        </div>
        <div className="row between">
          <span className="muted small number">{facts(picture)}</span>
          <div className="row tight">
            {picture.image && (
              <Link className="button small" to={`/projects/${project.id}/images/${picture.image}`}>
                In the project
              </Link>
            )}
            <label className="check">
              <input type="checkbox" checked={boxes} onChange={(event) => setBoxes(event.target.checked)} />
              <span>Boxes</span>
            </label>
            <label className="check">
              <input type="checkbox" checked={chosen.has(picture.id)} onChange={() => toggle(picture.id)} />
              <span>Chosen</span>
            </label>
            <button className="button small" disabled={place === 0} onClick={() => go(-1)}>
              Previous
            </button>
            <button className="button small" disabled={place === rows.length - 1} onClick={() => go(1)}>
              Next
            </button>
          </div>
        </div>
      </div>
    </Sheet>
  );
}

type FramedProps = { picture: Made; project: Project; boxes: boolean; text: string };

function Framed({ picture, project, boxes, text }: FramedProps) {
  return (
    <figure className="made-large">
      <span className="thumb-frame" style={{ aspectRatio: `${picture.width} / ${picture.height}` }}>
        <img src={pictureUrl(picture.id)} alt={text || `Picture ${picture.number + 1}`} />
        {boxes && <MadeOutlines picture={picture} project={project} named />}
      </span>
      {text && <figcaption className="muted small">{text}</figcaption>}
    </figure>
  );
}

function facts(picture: Made): string {
  const said = [
    `seed ${picture.seed}`,
    `${picture.width} × ${picture.height}`,
    `${picture.boxes.length} boxes`,
  ];
  if (picture.hidden) said.push(`${picture.hidden} hidden too far to be labeled`);
  const worst = Math.min(...picture.boxes.map(({ kept }) => kept ?? 1));
  if (picture.boxes.some(({ kept }) => kept !== undefined))
    said.push(`outlines kept from ${worst.toFixed(2)} on`);
  return said.join(", ");
}
