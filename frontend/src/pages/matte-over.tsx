import { useMemo, useState } from "react";
import { MatteCanvas } from "../canvas/matte-canvas";
import { MATTE_VIEW, type MatteView } from "../canvas/matte-views";
import { PLAIN } from "../canvas/picture";
import { ErrorNote } from "../parts/notes";
import type { Size } from "../shapes/fit";
import { BRUSH } from "../tools/matte-tool";
import { useMatte } from "./review/use-matte-mending";

const LOOKS = [["overlay", "Tint"], ["grey", "Grey"], ["cutout", "Cut-out"]] as const; // prettier-ignore

type Props = { image: Size & { id: number; name: string }; alpha: string | undefined };

/** An image with a matte over it, to look at. */
export function MatteOver({ image: { id, name, width, height }, alpha }: Props) {
  // Asked for anew, it is the same image: it stays as it is looked at.
  const image = useMemo(() => ({ id, name, width, height }), [id, name, width, height]);
  const { document, state, again } = useMatte(image, alpha);
  const [view, setView] = useState<MatteView>(MATTE_VIEW);
  return (
    <div className="matte-over">
      <MatteCanvas
        image={image}
        document={document}
        tool="pan"
        brush={BRUSH}
        look={PLAIN}
        view={view}
        say={() => {}}
      />
      {alpha && (
        <div className="segments matte-looks" role="group" aria-label="How the matte is looked at">
          {LOOKS.map(([name, text]) => (
            <button key={name} aria-pressed={view.name === name} onClick={() => setView({ ...view, name })}>
              {text}
            </button>
          ))}
        </div>
      )}
      {document && state.phase === "failed" && <ErrorNote error={state.problem} retry={again} />}
    </div>
  );
}
