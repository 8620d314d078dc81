import { Link } from "react-router";
import { thumbnailUrl } from "../api/addresses";
import type { Project, Schemas } from "../api/client";
import { plural } from "../parts/format";

/** What looks nearly the same as an image, each a way to it. */
export function NearDuplicates({ image, project }: { image: Schemas["ImageDetailRow"]; project: Project }) {
  if (!image.near_duplicates.length) return null;
  return (
    <section className="panel stack">
      <h2>Near-duplicates</h2>
      <div className="grid near">
        {image.near_duplicates.map((near) => (
          <Link
            key={near.id}
            className="tile"
            to={`/projects/${project.id}/images/${near.id}`}
            title={near.name}
          >
            <img src={thumbnailUrl(near.id)} alt={near.name} loading="lazy" />
            <span className="tile-text stack">
              <span className="clip">{near.name}</span>
              <span className="muted number">
                {near.distance === 0 ? "looks the same" : `${plural(near.distance, "bit")} of 64 differ`}
              </span>
            </span>
          </Link>
        ))}
      </div>
    </section>
  );
}
