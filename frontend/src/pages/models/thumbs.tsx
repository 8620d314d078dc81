import { Link } from "react-router";
import { thumbnailUrl } from "../../api/addresses";
import type { Schemas } from "../../api/client";
import { Outlines } from "../../canvas/outlines";
import type { Box, Size } from "../../shapes/fit";
import { Dot } from "../../parts/notes";

type Mark = Schemas["MarkedBox"];
type Props = {
  project: number;
  image: number;
  truth: string;
  lines: string[];
  marks?: readonly Mark[];
  size?: Size;
};

const MARKS: Record<Mark["what"], { text: string; color: string; dashed: boolean }> = {
  hits: { text: "found", color: "#2fd0a0", dashed: false },
  misses: { text: "missed", color: "#ff5d5d", dashed: true },
  confused: { text: "taken for another", color: "#ffb020", dashed: false },
  false_alarms: { text: "not there", color: "#ff5d5d", dashed: false },
};

/** A held-out image, with what people said of it and what versions did; boxes as they were found and missed. */
export function Verdicts({ project, image, truth, lines, marks = [], size }: Props) {
  return (
    <Link className="tile" to={`/projects/${project}/images/${image}`}>
      <span className="thumb-frame">
        <img src={thumbnailUrl(image)} alt="" loading="lazy" />
        {size && marks.length > 0 && (
          <Outlines
            crop
            image={size}
            label={lines.join(", ")}
            boxes={marks.map((mark, n) => ({
              key: String(n),
              box: mark.bbox as unknown as Box,
              color: MARKS[mark.what].color,
              dashed: MARKS[mark.what].dashed,
            }))}
          />
        )}
      </span>
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

export function MarkLegend() {
  return (
    <p className="row tight muted small">
      {Object.values(MARKS).map(({ text, color, dashed }) => (
        <span key={text} className="row tight still">
          <Dot color={color} /> {text}
          {dashed ? " (dashed)" : ""}
        </span>
      ))}
    </p>
  );
}
