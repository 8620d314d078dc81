import { Fragment } from "react";
import { Icon } from "../../parts/icon";
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

/** On a button: the key that does the same. */
export function Key({ action, keymap }: { action: Action; keymap: Keymap }) {
  const chord = keymap[action][0];
  return chord ? <kbd className="desktop">{keysOf(chord).join(" ")}</kbd> : null;
}

type ButtonProps = { action: Action; keymap: Keymap; open: () => void };

/** Opens the list of keys, where there is a keyboard. */
export function KeysButton({ action, keymap, open }: ButtonProps) {
  return (
    <button
      className="button quiet icon small desktop"
      onClick={open}
      aria-label={titled(action, keymap)}
      title={titled(action, keymap)}
    >
      <Icon name="keys" />
    </button>
  );
}

/** What a button does, with its key: for its title. */
export function titled(action: Action, keymap: Keymap): string {
  const chord = keymap[action][0];
  return chord ? `${TEXTS[action]} (${keysOf(chord).join("+")})` : TEXTS[action];
}
