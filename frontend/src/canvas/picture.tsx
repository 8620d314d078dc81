import {
  type ReactNode,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { screenUrl } from "../api/addresses";
import type { Classes } from "../api/client";
import type { Size } from "../shapes/fit";
import { Evidence } from "./evidence";
import { TIMED } from "./first";
import { NotLoaded } from "./not-loaded";
import { painted } from "./painted";
import { useView, type ViewControls } from "./use-view";

/** How the image and what lies over it are drawn. */
export type Look = { brightness: number; contrast: number; opacity: number };
export const PLAIN: Look = { brightness: 1, contrast: 1, opacity: 1 };

type Props = {
  image: Size & { id: number; name: string };
  evidence: Classes | null;
  /** What else lies over the image, as large as it. */
  over?: ReactNode;
  look?: Look;
  shown?: () => void;
  controls?: Ref<ViewControls>;
};

/** An image, fitted to the stage, with what the model saw drawn over it; the wheel and pointers enlarge and move it. */
export function Picture({ image, evidence, over, look = PLAIN, shown, controls }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const { view, scale, pointers, controls: own } = useView(image.id, image, stage);
  const element = useRef<HTMLImageElement>(null);
  const [failed, setFailed] = useState<number | null>(null);
  useImperativeHandle(controls, () => own);
  const again = () => {
    if (element.current) element.current.src = screenUrl(image.id);
  };
  const filter =
    look.brightness === 1 && look.contrast === 1
      ? undefined
      : `brightness(${look.brightness}) contrast(${look.contrast})`;
  return (
    <div className={`stage${view.zoom > 1 ? " enlarged" : ""}`} ref={stage} {...pointers}>
      <div
        className="picture"
        style={{
          width: image.width * scale,
          height: image.height * scale,
          transform: `translate(${view.x}px, ${view.y}px)`,
        }}
      >
        <Shown
          id={image.id}
          alt={image.name}
          filter={filter}
          shown={shown}
          element={element}
          failed={(whether) => setFailed(whether ? image.id : null)}
        />
        {evidence && <Evidence evidence={evidence} image={image} opacity={look.opacity} />}
        {over}
      </div>
      {failed === image.id && <NotLoaded again={again} />}
    </div>
  );
}

type ShownProps = {
  id: number;
  alt: string;
  filter: string | undefined;
  shown: (() => void) | undefined;
  element: RefObject<HTMLImageElement | null>;
  failed: (whether: boolean) => void;
};

function Shown({ id, alt, filter, shown, element, failed }: ShownProps) {
  useEffect(() => {
    let there = true;
    // Decoded ahead, this is over before the next frame; what is waited for here is the paint.
    element.current
      ?.decode()
      .then(painted)
      .then(
        () => there && shown?.(),
        () => {},
      );
    return () => {
      there = false;
    };
  }, [id, shown, element]);
  return (
    <img
      ref={element}
      src={screenUrl(id)}
      alt={alt}
      decoding="sync"
      draggable={false}
      {...TIMED}
      style={{ filter }}
      onError={() => failed(true)}
      onLoad={() => failed(false)}
    />
  );
}
