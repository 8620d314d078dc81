import "../styles/picture.css";
import { type Box, type Place, placed, type Size } from "../shapes/fit";

export type Outlined = { key: string; box: Box; color: string; text?: string; dashed?: boolean };

type Props = { boxes: readonly Outlined[]; image: Size; label: string; crop?: boolean };

/** Boxes to look at, over an image of any size on screen. `crop`: over a picture that is cut to fill its place. */
export function Outlines({ boxes, image, label, crop }: Props) {
  const places = placed(
    boxes.map(({ box }) => box),
    image,
  );
  return (
    <div className="evidence" role="img" aria-label={label}>
      <svg
        viewBox={`0 0 ${image.width} ${image.height}`}
        preserveAspectRatio={crop ? "xMidYMid slice" : "none"}
      >
        {boxes.map(({ key, box: [x1, y1, x2, y2], color, dashed }) => (
          <g key={key} className={dashed ? "outline dashed" : "outline"}>
            <rect className="halo" x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
            <rect className="line" x={x1} y={y1} width={x2 - x1} height={y2 - y1} style={{ stroke: color }} />
          </g>
        ))}
      </svg>
      {boxes.map(
        ({ key, color, text }, n) => text && <Tag key={key} text={text} color={color} place={places[n]!} />,
      )}
    </div>
  );
}

function Tag({ text, color, place }: { text: string; color: string; place: Place }) {
  const share = (value: number) => `${value * 100}%`;
  const side = place.left > 0.66 ? { right: share(place.right) } : { left: share(place.left) };
  const top = share(place.at === "below" ? place.bottom : place.top);
  return (
    <span className={`mark-label outlined ${place.at}`} style={{ top, ...side, borderColor: color }}>
      {text}
    </span>
  );
}
