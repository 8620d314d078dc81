import { asked, type Choice, estimate, type Look } from "./taking";

type Props = {
  look: Look;
  choice: Choice;
  change: (choice: Choice) => void;
  busy: boolean;
  begin: () => void;
};

/** What is taken of a video, and the button that begins. */
export function VideoFields({ look, choice, change, busy, begin }: Props) {
  const numbers = asked(choice, look.duration);
  const text = (name: "fps" | "near" | "start" | "end" | "group") => ({
    value: choice[name],
    onChange: (event: { target: { value: string } }) => change({ ...choice, [name]: event.target.value }),
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <div className="video-fields">
        <label className="field">
          <span>Frames a second</span>
          <input inputMode="decimal" {...text("fps")} required />
        </label>
        <label className="field">
          <span>From</span>
          <input placeholder="0:00" {...text("start")} />
        </label>
        <label className="field">
          <span>To</span>
          <input placeholder="the end" {...text("end")} />
        </label>
        <label className="field">
          <span>Group</span>
          <input placeholder={look.name} maxLength={200} {...text("group")} />
        </label>
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={choice.split}
          disabled={busy}
          onChange={(event) => change({ ...choice, split: event.target.checked })}
        />
        <span>
          One image for each participant
          <span className="hint">
            Cut along the gallery's gaps; where there are none, around each face with hands and desk.
          </span>
        </span>
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={choice.near !== "0"}
          onChange={(event) => change({ ...choice, near: event.target.checked ? "4" : "0" })}
        />
        <span>
          Leave out near-duplicates
          <span className="hint">A frame that looks like the one kept before it brings little.</span>
        </span>
      </label>
      {choice.near !== "0" && (
        <label className="field video-near">
          <span>How different an image has to be</span>
          <input inputMode="numeric" aria-describedby="near-hint" {...text("near")} required />
          <span className="hint" id="near-hint">
            Bits of 64 in which a near-duplicate may differ; 4 lets small movements go, 1 keeps them.
          </span>
        </label>
      )}
      <div className="row">
        <button className="button primary" disabled={busy || typeof numbers === "string"}>
          Import
        </button>
        <span className="muted number" role="status">
          {typeof numbers === "string"
            ? numbers
            : `${estimate(look, numbers)}${numbers.near_duplicates ? ", less near-duplicates." : "."}`}
        </span>
      </div>
    </form>
  );
}
