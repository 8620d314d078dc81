import { useState } from "react";
import { thumbnailUrl } from "../../api/addresses";
import type { Run } from "../../api/client";
import "../../styles/synthesis.css";
import { isGenerator } from "./generators";

/** What the model makes of some validation images, epoch by epoch: the newest, or the one that is chosen. Of a generator
 * sheets of the same samples each time. */
export function Pictures({ run }: { run: Run }) {
  const generates = isGenerator(run);
  const epochs = [...new Set(run.pictures.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const [chosen, setChosen] = useState<number | null>(null);
  const place = chosen === null ? epochs.length - 1 : Math.min(chosen, epochs.length - 1);
  const epoch = epochs[place];
  const images = run.pictures.filter((one) => one.epoch === epoch).map(({ image }) => image);
  return (
    <section className="panel stack">
      <div className="row between">
        <h2>{generates ? "What it makes" : "What it makes of validation images"}</h2>
        <label className="row tight still">
          <span className="muted small number epoch-said">Epoch {epoch}</span>
          <input
            type="range"
            min={0}
            max={epochs.length - 1}
            value={place}
            aria-label="Epoch"
            aria-valuetext={`Epoch ${epoch}`}
            onChange={(event) => {
              const next = Number(event.target.value);
              setChosen(next === epochs.length - 1 ? null : next);
            }}
          />
        </label>
      </div>
      {generates && (
        <div className="generator-sheets">
          {images.map((image) => (
            <img
              key={image}
              src={`/api/training-runs/${run.id}/pictures/${epoch}/${image}/`}
              alt={`Sample ${image} by epoch ${epoch}`}
            />
          ))}
        </div>
      )}
      <div className="run-pictures" hidden={generates}>
        {(generates ? [] : images).map((image) => (
          <span key={image} className="two-mattes">
            <span className="thumb-frame">
              <img src={thumbnailUrl(Number(image))} alt="Validation image" />
            </span>
            <span className="thumb-frame">
              <img
                src={`/api/training-runs/${run.id}/pictures/${epoch}/${image}/`}
                alt={`Its matte by epoch ${epoch}`}
              />
            </span>
          </span>
        ))}
      </div>
    </section>
  );
}
