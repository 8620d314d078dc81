import { type ChangeEvent, useState } from "react";
import { type ViewName, VIEWS } from "../../../canvas/matte-views";
import type { ActionOf, Keymap } from "../../../tools/keys";
import { Key, titled } from "../../keys/keycaps";
import { percent, Slider } from "./options";
import type { Looks } from "./use-looks";

const NAMES: Record<ViewName, [text: string, action: ActionOf<"mattes">]> = {
  overlay: ["Tint", "mattes_overlay"],
  grey: ["Grey", "mattes_grey"],
  cutout: ["Cut-out", "mattes_cutout"],
  trimap: ["Trimap", "mattes_trimap"],
};
const PLAIN = ["checker", "white", "black"] as const;
const BEHIND = { checker: "Checkerboard", white: "White", black: "Black" };

type Props = { looks: Looks; keymap: Keymap; act: (action: ActionOf<"mattes">) => void };

/** How the matte is looked at, and on what. */
export function Views({ looks, keymap, act }: Props) {
  const { view, setView: change, setPicture, split } = looks;
  const [refused, setRefused] = useState(false);
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (!file) return;
    const picture = await createImageBitmap(file).catch(() => null);
    setRefused(!picture);
    if (!picture) return;
    setPicture(picture);
    change({ name: "cutout", backdrop: "picture" });
  };
  const cut = view.name === "cutout";
  return (
    <section className="matte-part" aria-labelledby="views-title">
      <div className="row between still">
        <h2 id="views-title" className="muted small">
          View
        </h2>
        <button
          className="button small quiet"
          aria-pressed={split !== null}
          onClick={() => act("mattes_split")}
          title={titled("mattes_split", keymap)}
        >
          Before and after <Key action="mattes_split" keymap={keymap} />
        </button>
      </div>
      <div className="segments wide" role="group" aria-labelledby="views-title">
        {VIEWS.map((name) => (
          <button
            key={name}
            aria-pressed={view.name === name}
            title={titled(NAMES[name][1], keymap)}
            onClick={() => change({ name })}
          >
            {NAMES[name][0]}
          </button>
        ))}
      </div>
      {cut ? (
        <div className="row tight still matte-line" role="group" aria-label="Behind the cut-out">
          {PLAIN.map((backdrop) => (
            <button
              key={backdrop}
              className={`swatch ${backdrop}`}
              aria-pressed={view.backdrop === backdrop}
              aria-label={BEHIND[backdrop]}
              title={BEHIND[backdrop]}
              onClick={() => change({ backdrop })}
            />
          ))}
          <input
            type="color"
            className={`swatch-color${view.backdrop === "color" ? " chosen" : ""}`}
            value={view.color}
            aria-label="The colour behind the cut-out"
            onClick={() => change({ backdrop: "color" })}
            onChange={(event) => change({ color: event.target.value, backdrop: "color" })}
          />
          <label className="button small push">
            Picture
            <input
              type="file"
              accept="image/*"
              className="visually-hidden"
              onChange={(event) => void choose(event)}
            />
          </label>
        </div>
      ) : (
        <Slider
          name="Opacity"
          label="Opacity of what lies over the image"
          value={view.opacity}
          least={0.05}
          words={percent(view.opacity)}
          off={view.name === "grey"}
          set={(opacity) => change({ opacity })}
        />
      )}
      {refused && (
        <p className="note bad small">This is no picture that the browser can show. Choose another.</p>
      )}
    </section>
  );
}
