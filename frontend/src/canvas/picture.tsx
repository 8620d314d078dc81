import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Classes } from "../api/client";
import { type Box, fitScale, labelPosition, type Size } from "../shapes/fit";

type Props = { id: number; width: number; height: number; alt: string; evidence: Classes | null; shown?: () => void };

/** An image, fitted to the stage, with what the model saw drawn over it. */
export function Picture({ id, width, height, alt, evidence, shown }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [failed, setFailed] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth - 24, height: element.clientHeight - 24 });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const scale = fitScale({ width, height }, size);
  return (
    <div className="stage" ref={stage}>
      {failed === id && <div className="center"><p className="note bad" role="alert">This image could not be loaded. Check the network, or skip it.</p></div>}
      <div className="picture" style={{ width: width * scale, height: height * scale }}>
        <Shown id={id} alt={alt} shown={shown} failed={() => setFailed(id)} />
        {evidence && <Evidence evidence={evidence} width={width} height={height} scale={scale} />}
      </div>
    </div>
  );
}

function Shown({ id, alt, shown, failed }: { id: number; alt: string; shown?: () => void; failed: () => void }) {
  const element = useRef<HTMLImageElement>(null);
  useEffect(() => {
    let there = true;
    // Decoded ahead, this is over before the next frame; what is waited for here is the paint.
    element.current?.decode().then(() => requestAnimationFrame(() => there && shown?.()), () => {});
    return () => { there = false; };
  }, [id, shown]);
  return <img ref={element} src={screenUrl(id)} alt={alt} decoding="sync" onError={failed} draggable={false} />;
}

export function screenUrl(id: number): string {
  return `/api/images/${id}/file/?size=screen`;
}

const ENTITY = "#e8590c";
const FACE = "#12b886";

/** Face boxes with what was said of them, and the detected objects that count. */
export function Evidence({ evidence, width, height, scale }: { evidence: Classes; width: number; height: number; scale: number }) {
  const text = 13 / scale;
  const boxes = [
    ...evidence.faces.map((face, n) => ({
      key: `face ${n}`, box: face.bbox as unknown as Box, color: FACE,
      text: `${face.category ?? "face"}${face.category ? ` ${Math.round((face.scores[face.category] ?? 0) * 100)} %` : ""}${face.distracted ? " · distracted" : ""}`,
    })),
    ...evidence.entities.map((entity, n) => ({
      key: `entity ${n}`, box: entity.bbox as unknown as Box, color: ENTITY, text: `${entity.name} ${Math.round(entity.score * 100)} %`,
    })),
  ];
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(evidence)}>
      {boxes.map(({ key, box, color, text: label }) => {
        const at = labelPosition(box, text * 1.5);
        return (
          <g key={key}>
            <rect x={box[0]} y={box[1]} width={box[2] - box[0]} height={box[3] - box[1]} fill="none" stroke={color} strokeWidth={2 / scale} rx={3 / scale} />
            <rect x={at.x} y={at.y} width={label.length * text * 0.56 + text} height={text * 1.5} fill={color} rx={3 / scale} />
            <text x={at.x + text / 2} y={at.y + text * 1.1} fontSize={text} fill="#fff" fontWeight={600}>{label}</text>
          </g>
        );
      })}
    </svg>
  );
}

export function describe(evidence: Classes): string {
  const said = evidence.category ? `The model says ${evidence.category}.` : "The model gives no category.";
  const things = evidence.entities.map((entity) => entity.name).join(", ");
  return [said, evidence.faces.length ? `${evidence.faces.length} faces.` : "", things ? `Found: ${things}.` : "", evidence.reason].filter(Boolean).join(" ");
}
