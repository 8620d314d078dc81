import { useState } from "react";

export type Source = { group: string; min_width: number; min_height: number; skip_near_duplicates: boolean };

type Props = { value: Source; change: (value: Source) => void };

/** What is asked of images that come from elsewhere. */
export function SourceFields({ value, change }: Props) {
  const set = (part: Partial<Source>) => change({ ...value, ...part });
  return (
    <>
      <div className="two">
        <Pixels text="Smallest width" value={value.min_width} change={(min_width) => set({ min_width })} />
        <Pixels
          text="Smallest height"
          value={value.min_height}
          change={(min_height) => set({ min_height })}
        />
      </div>
      <label className="field">
        <span>Group</span>
        <input
          value={value.group}
          onChange={(event) => set({ group: event.target.value })}
          placeholder="None"
          maxLength={200}
        />
        <span className="hint">Images of one group stay on the same side when some are held out.</span>
      </label>
      <label className="check small">
        <input
          type="checkbox"
          checked={value.skip_near_duplicates}
          onChange={(event) => set({ skip_near_duplicates: event.target.checked })}
        />
        <span>Keep near-duplicates out</span>
      </label>
    </>
  );
}

export function useSource(smallest: number, skip: boolean) {
  return useState<Source>({
    group: "",
    min_width: smallest,
    min_height: smallest,
    skip_near_duplicates: skip,
  });
}

type PixelsProps = { text: string; value: number; change: (value: number) => void };

function Pixels({ text, value, change }: PixelsProps) {
  return (
    <label className="field">
      <span>{text}, pixels</span>
      <input
        type="number"
        min={0}
        max={100_000}
        value={Number.isNaN(value) ? "" : value}
        onChange={(event) => change(event.target.valueAsNumber)}
        required
      />
    </label>
  );
}
