import { useState } from "react";
import type { Project } from "../../api/client";
import { plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Large } from "./large";
import { MadeOutlines } from "./made-outlines";
import { type BatchDetail, type Made, smallUrl } from "./queries";

type Chosen = ReadonlySet<number>;
type Props = { batch: BatchDetail; project: Project; chosen: Chosen; choose: (chosen: Chosen) => void };

const SHOWN = 60;
type Filter = "all" | "flagged" | "left";
const FILTERS: readonly (readonly [Filter, string])[] = [
  ["all", "All"],
  ["flagged", "Flagged"],
  ["left", "Not in the project"],
];

function fits(picture: Made, filter: Filter): boolean {
  if (filter === "flagged") return Number(picture.flagged) > 0;
  return filter === "all" || !picture.image;
}

/** A batch's pictures with their boxes: a click looks closer, the box in the corner chooses. */
export function Gallery({ batch, project, chosen, choose }: Props) {
  const [filter, setFilter] = useState<Filter>("all");
  const [most, setMost] = useState(SHOWN);
  const [boxes, setBoxes] = useState(true);
  const [open, setOpen] = useState<number | null>(null);
  const good = batch.images.filter(({ error }) => !error);
  const rows = good.filter((picture) => fits(picture, filter));
  const filters = FILTERS.filter(([name]) => name === "all" || good.some((picture) => fits(picture, name)));
  const total = good.reduce((sum, picture) => sum + picture.boxes.length, 0);
  if (!good.length) return null;
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  const all = rows.length > 0 && rows.every(({ id }) => chosen.has(id));
  return (
    <section className="stack" aria-label="Pictures">
      <div className="row between">
        <div className="row">
          {filters.length > 1 && (
            <div className="segments">
              {filters.map(([name, text]) => (
                <button key={name} aria-pressed={filter === name} onClick={() => setFilter(name)}>
                  {text}
                </button>
              ))}
            </div>
          )}
          <span className="muted small number">
            {plural(rows.length, "picture")}
            {total > 0 && `, ${plural(total, "box", "boxes")} in all`}
          </span>
        </div>
        <div className="row">
          {total > 0 && (
            <label className="check">
              <input type="checkbox" checked={boxes} onChange={(event) => setBoxes(event.target.checked)} />
              <span>Boxes</span>
            </label>
          )}
          <button
            className="button small"
            onClick={() => choose(all ? new Set() : new Set(rows.map(({ id }) => id)))}
          >
            {all ? "Choose none" : "Choose all"}
          </button>
        </div>
      </div>
      <div className="grid large">
        {rows.slice(0, most).map((picture) => (
          <div key={picture.id} className={`tile-cell${chosen.has(picture.id) ? " chosen" : ""}`}>
            <button className="tile made" onClick={() => setOpen(picture.id)}>
              <span
                className="thumb-frame made-frame"
                style={{ aspectRatio: `${picture.width} / ${picture.height}` }}
              >
                <img src={smallUrl(picture.id)} alt={`Picture ${picture.number + 1}`} loading="lazy" />
                {boxes && <MadeOutlines picture={picture} project={project} />}
              </span>
              <span className="tile-text row between still">
                <span className="number">{picture.number + 1}</span>
                <span className="muted clip">{said(picture)}</span>
              </span>
            </button>
            <button
              className="tile-check"
              role="checkbox"
              aria-checked={chosen.has(picture.id)}
              aria-label={`Choose picture ${picture.number + 1}`}
              onClick={() => toggle(picture.id)}
            >
              {chosen.has(picture.id) && <Icon name="accept" size={14} />}
            </button>
          </div>
        ))}
      </div>
      {rows.length > most && (
        <div className="row list-end">
          <button className="button" onClick={() => setMost(most + SHOWN)}>
            Show more
          </button>
        </div>
      )}
      {open !== null && (
        <Large
          rows={rows}
          open={open}
          look={setOpen}
          project={project}
          batch={batch}
          chosen={chosen}
          toggle={toggle}
        />
      )}
    </section>
  );
}

function said(picture: Made): string {
  const flags = Number(picture.flagged);
  const parts = [plural(picture.boxes.length, "box", "boxes")];
  if (flags) parts.push(`${flags} flagged`);
  if (picture.image) parts.push("in the project");
  return parts.join(", ");
}
