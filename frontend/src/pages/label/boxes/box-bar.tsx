import { Icon } from "../../../parts/icon";
import { colored, Dot } from "../../../parts/notes";
import type { Region } from "../../../store/regions";
import type { Keymap } from "../../../tools/keys";
import { Key, titled } from "../../keys/keycaps";
import { type Deeds, score } from "./use-deeds";

type Props = {
  region: Region | undefined;
  color: string | undefined;
  deeds: Deeds;
  keymap: Keymap;
  palette: () => void;
};

/**
 * What can be done to the chosen box, or the question whether there is really none. It has a place of its own, also while
 * there is nothing to say: over the image it would cover what is drawn, and take the presses that draw.
 */
export function BoxBar({ region, color, deeds, keymap, palette }: Props) {
  if (deeds.asks) {
    return (
      <div className="box-bar" role="group" aria-label="No box on this image">
        <b className="question">No box on this image?</b>
        <button className="button small primary" onClick={() => deeds.submit(false)}>
          There is none <Key action="boxes_submit" keymap={keymap} />
        </button>
        <button className="button small" onClick={deeds.dismiss}>
          Go on drawing
        </button>
      </div>
    );
  }
  if (!region) return <div className="box-bar muted small">No box is chosen.</div>;
  const waits = region.decision === "undecided";
  return (
    <div className="box-bar" role="group" aria-label="The chosen box">
      <button
        className="button small quiet box-bar-name"
        style={colored(color)}
        onClick={palette}
        title={titled("palette", keymap)}
        aria-label={`${region.category} ${score(region)}: another category`}
      >
        <Dot /> <span className="clip grow">{region.category}</span>{" "}
        <span className="number">{score(region)}</span>
      </button>
      {waits && (
        <>
          <Small action="boxes_accept" icon="accept" act={deeds.accept} keymap={keymap} />
          <Small action="boxes_reject" icon="close" act={deeds.reject} keymap={keymap} />
          <Small action="boxes_next" icon="next" act={deeds.next} keymap={keymap} />
        </>
      )}
      {!waits && (
        <>
          <Small action="boxes_duplicate" icon="copy" act={deeds.duplicate} keymap={keymap} />
          <Small action="boxes_delete" icon="bin" act={deeds.remove} keymap={keymap} />
        </>
      )}
    </div>
  );
}

type SmallProps = {
  action: "boxes_accept" | "boxes_reject" | "boxes_next" | "boxes_duplicate" | "boxes_delete";
  icon: "accept" | "close" | "next" | "copy" | "bin";
  act: () => void;
  keymap: Keymap;
};

function Small({ action, icon, act, keymap }: SmallProps) {
  return (
    <button
      className="button small quiet icon"
      onClick={act}
      aria-label={titled(action, keymap)}
      title={titled(action, keymap)}
    >
      <Icon name={icon} />
    </button>
  );
}
