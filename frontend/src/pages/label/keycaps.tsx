import { Fragment } from "react";
import { type Action, type Keymap, keysOf, TEXTS } from "../../tools/keys";

export function Keycaps({ chord }: { chord: string }) {
  return (
    <span className="row tight still">
      {keysOf(chord).map((key) => (
        <Fragment key={key}>
          <kbd>{key}</kbd>{" "}
        </Fragment>
      ))}
    </span>
  );
}

/** What a button does, with its key: for its title. */
export function titled(action: Action, keymap: Keymap): string {
  const chord = keymap[action][0];
  return chord ? `${TEXTS[action]} (${keysOf(chord).join("+")})` : TEXTS[action];
}
