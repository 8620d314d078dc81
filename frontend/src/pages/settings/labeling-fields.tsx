import type { Project } from "../../api/client";

export type LabelingOptions = {
  overlap: number;
  review: boolean;
  sampling: NonNullable<Project["sampling"]>;
  train_after: number;
  gold_every: number;
};

type Props = { value: LabelingOptions; change: (value: LabelingOptions) => void };

export function LabelingFields({ value, change }: Props) {
  return (
    <section className="panel stack">
      <h2>Labeling</h2>
      <div className="two">
        <label className="field">
          <span>Order of the queue</span>
          <select
            value={value.sampling}
            onChange={(event) =>
              change({ ...value, sampling: event.target.value as LabelingOptions["sampling"] })
            }
          >
            <option value="sequential">As imported</option>
            <option value="random">Random</option>
            <option value="uncertainty">What the model is least sure of first</option>
            <option value="diverse">The least sure ones, each unlike the others</option>
          </select>
        </label>
        <label className="field">
          <span>People per image</span>
          <input
            type="number"
            min={1}
            max={20}
            value={value.overlap}
            onChange={(event) => change({ ...value, overlap: Number(event.target.value) })}
          />
        </label>
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={value.review}
          onChange={(event) => change({ ...value, review: event.target.checked })}
        />
        <span>A reviewer has to accept every label</span>
      </label>
      <label className="field">
        <span>Gold images</span>
        <input
          type="number"
          min={0}
          max={1000}
          value={value.gold_every}
          onChange={(event) => change({ ...value, gold_every: Number(event.target.value) })}
        />
        <span className="hint">
          About one in so many of the images that people get is one whose label is known; 0 for none. Their
          answers change nothing but their record on the overview. Mark such images in the list.
        </span>
      </label>
    </section>
  );
}
