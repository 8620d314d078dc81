import "../styles/picture.css";
import {
  type KeyboardEvent,
  type PointerEvent,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { screenUrl } from "../api/addresses";
import { fitted, type Size } from "../shapes/fit";
import { TIMED } from "./first";
import { type MatteCanvasProps, MatteEngine } from "./matte-engine";
import { NotLoaded } from "./not-loaded";
import { useDecoded } from "./use-decoded";

export type { MatteControls } from "./matte-engine";

/** An image with its matte, to look at and to work on: with the tool `pan` alone it is for whoever looks. */
export function MatteCanvas(props: MatteCanvasProps) {
  const { image, document, look, controls, split = null, setSplit } = props;
  const stage = useRef<HTMLDivElement>(null);
  const rendition = useRef<HTMLImageElement>(null);
  const pictureLayer = useRef<HTMLCanvasElement>(null);
  const matteLayer = useRef<HTMLCanvasElement>(null);
  const topLayer = useRef<HTMLCanvasElement>(null);
  const [engine] = useState(() => new MatteEngine());
  const [failed, setFailed] = useState<number | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });

  useLayoutEffect(() => engine.take(props));
  useLayoutEffect(() => {
    const canvases = { picture: pictureLayer.current!, matte: matteLayer.current!, top: topLayer.current! };
    return engine.start(stage.current!, canvases, setSize);
  }, [engine]);
  useLayoutEffect(() => engine.open(image, rendition.current!), [engine, image]);
  useLayoutEffect(() => engine.work(document), [engine, document]);
  useImperativeHandle(controls, () => engine, [engine]);
  useDecoded(rendition, image.id, props.shown, () => engine.loaded());

  const again = () => {
    if (rendition.current) rendition.current.src = screenUrl(image.id);
  };
  const came = () => {
    setFailed(null);
    engine.loaded();
  };
  const place = fitted(image, size);
  const isPlain = look.brightness === 1 && look.contrast === 1;
  const filter = isPlain ? undefined : `brightness(${look.brightness}) contrast(${look.contrast})`;
  return (
    <div className="stage boxes" ref={stage}>
      <div className="picture" style={{ width: place.width, height: place.height, filter }}>
        <img
          ref={rendition}
          src={screenUrl(image.id)}
          alt={image.name}
          decoding="sync"
          draggable={false}
          {...TIMED}
          onError={() => setFailed(image.id)}
          onLoad={failed === image.id ? came : undefined}
        />
      </div>
      <canvas className="layer" ref={pictureLayer} style={{ filter }} aria-hidden />
      <canvas className="layer" ref={matteLayer} aria-hidden />
      <canvas className="layer" ref={topLayer} aria-hidden />
      {split !== null && setSplit && <Split at={split} set={setSplit} />}
      {failed === image.id && <NotLoaded again={again} />}
    </div>
  );
}

const STEP = 0.02;

/** The line between before and after, moved by a drag or by arrows. */
function Split({ at, set }: { at: number; set: (split: number) => void }) {
  const held = (share: number) => set(Math.max(0.02, Math.min(0.98, share)));
  const drag = (event: PointerEvent<HTMLButtonElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement!.getBoundingClientRect();
    held((event.clientX - box.left) / box.width);
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    held(at + step);
  };
  return (
    <button
      className="split"
      role="slider"
      aria-label="Before on the left, after on the right"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * at)}
      style={{ left: `${100 * at}%` }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={keys}
    />
  );
}
