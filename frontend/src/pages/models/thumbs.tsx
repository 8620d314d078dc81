import { Link } from "react-router";
import { thumbnailUrl } from "../../api/addresses";

type Props = { project: number; image: number; truth: string; lines: string[] };

/** A held-out image, with what people said of it and what versions did. */
export function Verdicts({ project, image, truth, lines }: Props) {
  return (
    <Link className="tile" to={`/projects/${project}/images/${image}`}>
      <img src={thumbnailUrl(image)} alt="" loading="lazy" />
      <span className="tile-text stack close">
        <b className="clip">{truth}</b>
        {lines.map((line) => (
          <span key={line} className="muted small number">
            {line}
          </span>
        ))}
      </span>
    </Link>
  );
}
