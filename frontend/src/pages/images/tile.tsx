import { thumbnailUrl } from "../../api/addresses";
import type { ImageRow, Project, Schemas } from "../../api/client";
import { percent, plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { Dot } from "../../parts/notes";

export type Tiled = Schemas["ListedRow"] & { similarity?: number };

const NEAR = "Looks nearly the same as another image";

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
export function Tile({ image, project, at, first, chosen, chooses, picture }: TileProps) {
  const named = image.category ?? image.categories[0] ?? image.prediction?.category ?? null;
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
          <span className="clip">{textOf(image, project)}</span>
          {image.similarity !== undefined && image.similarity > 0 && (
            <span className="muted small number">{percent(image.similarity)}</span>
          )}
          {image.has_near_duplicates && (
            <span className="tile-near muted" role="img" aria-label="near-duplicate" title={NEAR}>
              <Icon name="copy" size={14} />
            </span>
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

export function pageOf(project: Project, image: Tiled): string {
  return `/projects/${project.id}/images/${image.id}`;
}

function textOf(image: ImageRow, project: Project): string {
  if (image.error) return `Damaged: ${image.error}`;
  if (image.category) return image.category;
  if (image.categories.length) return image.categories.join(", ");
  if (project.kind === "detection" && image.status === "unlabeled" && image.prediction)
    return `${plural(image.prediction.boxes, "box", "boxes")}?`;
  if (image.prediction?.category) return `${image.prediction.category}? ${percent(image.prediction.score)}`;
  if (image.prediction && project.kind === "classification") return "no pre-label";
  if (project.kind === "detection" && (image.status === "labeled" || image.status === "done"))
    return "no box";
  if (project.kind === "matting" && image.status === "unlabeled" && image.prediction) return "pre-labeled";
  return image.status.replace("_", " ");
}
