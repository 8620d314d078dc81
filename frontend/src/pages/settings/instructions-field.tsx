import { lazy, Suspense, useState } from "react";
import { Skeleton } from "../../parts/notes";

const Preview = lazy(() => import("./preview"));

/** Markdown, written or looked at as labelers will see it. */
export function InstructionsField({ value, change }: { value: string; change: (value: string) => void }) {
  const [looking, setLooking] = useState(false);
  return (
    <div className="field">
      <div className="row between">
        <label className="title" htmlFor="instructions">
          Instructions
        </label>
        <span className="segments" role="group" aria-label="View">
          <button type="button" aria-pressed={!looking} onClick={() => setLooking(false)}>
            Write
          </button>
          <button type="button" aria-pressed={looking} onClick={() => setLooking(true)}>
            Preview
          </button>
        </span>
      </div>
      {looking ? (
        <div className="preview">
          <Suspense fallback={<Skeleton />}>
            <Preview text={value} />
          </Suspense>
        </div>
      ) : (
        <textarea
          id="instructions"
          value={value}
          onChange={(event) => change(event.target.value)}
          rows={8}
          placeholder="What distinguishes the categories, and what to do in doubt"
        />
      )}
      <span className="hint">In Markdown. Labelers see it beside the image.</span>
    </div>
  );
}
