import { duration, plural } from "../../parts/format";
import { clock } from "./clock";
import { cuts, type Look } from "./taking";

/** Moments of the video, with the tiles that would be cut out of them. */
export function Samples({ look, job }: { look: Look; job: number }) {
  const { name, width, height, fps, samples } = look;
  return (
    <div className="stack">
      <div className="row between">
        <b className="break">{name}</b>
        <span className="muted small number">
          {duration(look.duration)}, {width} × {height}
          {fps > 0 && `, ${Math.round(fps * 10) / 10} frames a second`}
        </span>
      </div>
      <ul className="samples" aria-label="Moments of the video">
        {samples
          .map(({ time, boxes }, n) => ({ time, n, tiles: cuts(look, boxes) }))
          .map(({ time, n, tiles }) => (
            <li key={time} className="sample">
              <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`The video at ${clock(time)}`}>
                <image href={`/api/jobs/${job}/preview/${n}/`} width={width} height={height} />
                {tiles.map(([x1, y1, x2, y2]) => (
                  <rect key={`${x1} ${y1}`} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
                ))}
              </svg>
              <span className="muted small number">
                {clock(time)}
                {tiles.length > 0 && `, ${plural(tiles.length, "tile")}`}
              </span>
            </li>
          ))}
      </ul>
    </div>
  );
}
