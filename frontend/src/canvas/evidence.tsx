import "../styles/picture.css";
import type { Classes } from "../api/client";
import { type Box, type Place, placed, type Size } from "../shapes/fit";

type Mark = {
  key: string;
  box: Box;
  kind: "face" | "entity";
  name: string;
  score: number | null;
  distracted?: boolean;
};

/** Face boxes with what was said of them, and the detected objects that count, over an image of any size on screen. */
export function Evidence({
  evidence,
  image,
  opacity = 1,
}: {
  evidence: Classes;
  image: Size;
  opacity?: number;
}) {
  const marks = marksOf(evidence);
  const places = placed(
    marks.map((mark) => mark.box),
    image,
  );
  return (
    <div className="evidence" role="img" aria-label={describe(evidence)} style={{ opacity }}>
      <svg viewBox={`0 0 ${image.width} ${image.height}`} preserveAspectRatio="none">
        {marks.map(({ key, box, kind }) => (
          <g key={key} className={kind}>
            <Outline box={box} className="halo" />
            <Outline box={box} className="line" />
          </g>
        ))}
      </svg>
      {marks.map((mark, n) => (
        <MarkLabel key={mark.key} mark={mark} place={places[n]!} />
      ))}
    </div>
  );
}

function Outline({ box, className }: { box: Box; className: string }) {
  const [x1, y1, x2, y2] = box;
  return <rect className={className} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />;
}

function MarkLabel({ mark, place }: { mark: Mark; place: Place }) {
  const share = (value: number) => `${value * 100}%`;
  // Near the right edge it grows to the left.
  const side = place.left > 0.66 ? { right: share(place.right) } : { left: share(place.left) };
  const top = share(place.at === "below" ? place.bottom : place.top);
  return (
    <span className={`mark-label ${mark.kind} ${place.at}`} style={{ top, ...side }}>
      {mark.name}
      {mark.score !== null && <b>{Math.round(mark.score * 100)} %</b>}
      {mark.distracted && <em>distracted</em>}
    </span>
  );
}

function marksOf(evidence: Classes): Mark[] {
  const faces = evidence.faces.map((face, n): Mark => ({
    key: `face ${n}`,
    box: face.bbox as unknown as Box,
    kind: "face",
    name: face.category ?? "face",
    score: face.category ? (face.scores[face.category] ?? null) : null,
    distracted: face.distracted,
  }));
  const entities = evidence.entities.map((entity, n): Mark => ({
    key: `entity ${n}`,
    box: entity.bbox as unknown as Box,
    kind: "entity",
    name: entity.name,
    score: entity.score,
  }));
  return [...faces, ...entities];
}

/** The same in words. */
export function describe(evidence: Classes): string {
  const said = evidence.category ? `The model says ${evidence.category}.` : "The model gives no category.";
  const faces = evidence.faces.length;
  const things = evidence.entities.map((entity) => entity.name).join(", ");
  return [
    said,
    faces ? `${faces} ${faces === 1 ? "face" : "faces"}.` : "",
    things ? `Found: ${things}.` : "",
    evidence.reason ? sentence(evidence.reason) : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A reason as a sentence. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
