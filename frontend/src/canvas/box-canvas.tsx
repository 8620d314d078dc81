import "../styles/picture.css";
import { useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { screenUrl } from "../api/addresses";
import { fitted, type Size } from "../shapes/fit";
import { type BoxCanvasProps, Engine } from "./engine";
import { TIMED } from "./first";
import { NotLoaded } from "./not-loaded";
import { useDecoded } from "./use-decoded";

export type { BoxControls } from "./engine";

/** An image with its boxes, to look at and to work on: with the tool `select` alone it is for whoever mends a few. */
export function BoxCanvas(props: BoxCanvasProps) {
  const { image, document, colors, look, controls } = props;
  const stage = useRef<HTMLDivElement>(null);
  const rendition = useRef<HTMLImageElement>(null);
  const pictureLayer = useRef<HTMLCanvasElement>(null);
  const boxesLayer = useRef<HTMLCanvasElement>(null);
  const topLayer = useRef<HTMLCanvasElement>(null);
  const [engine] = useState(() => new Engine());
  const [failed, setFailed] = useState<number | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });

  useLayoutEffect(() => engine.take(props));
  useLayoutEffect(() => {
    const canvases = { picture: pictureLayer.current!, boxes: boxesLayer.current!, top: topLayer.current! };
    return engine.start(stage.current!, canvases, setSize);
  }, [engine]);
  useLayoutEffect(() => engine.setColors(colors), [engine, colors]);
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
      <canvas className="layer" ref={boxesLayer} style={{ opacity: look.opacity }} aria-hidden />
      <canvas className="layer" ref={topLayer} aria-hidden />
      {failed === image.id && <NotLoaded again={again} />}
    </div>
  );
}
