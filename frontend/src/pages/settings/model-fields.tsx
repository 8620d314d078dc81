import { type KeyboardEvent, useState } from "react";
import type { Project } from "../../api/client";
import { Icon } from "../../parts/icon";
import type { CategoryInput } from "./categories-field";
import { COCO } from "./coco";
import type { LabelingOptions } from "./labeling-fields";

export type Rules = Required<NonNullable<Project["settings"]>>;

type Props = {
  kind: Project["kind"];
  value: Rules;
  change: (value: Rules) => void;
  options: LabelingOptions;
  setOptions: (options: LabelingOptions) => void;
  categories: readonly CategoryInput[];
};

/** What the models need to know of the project, and when it trains by itself. */
export function ModelFields({ kind, value, change, options, setOptions, categories }: Props) {
  return (
    <section className="panel stack">
      <h2>Models</h2>
      {kind === "detection" && (
        <label className="field half">
          <span>Least score of a box</span>
          <input
            type="number"
            min={0.01}
            max={1}
            step={0.01}
            value={value.box_score}
            onChange={(event) => change({ ...value, box_score: Number(event.target.value) })}
          />
          <span className="hint">
            Boxes that the model is less sure of are not kept. The labeling screen hides more of them with its
            slider.
          </span>
        </label>
      )}
      {kind === "classification" && <Distraction value={value} change={change} categories={categories} />}
      <label className="field half">
        <span>Train by itself after this many new labels</span>
        <input
          type="number"
          min={0}
          max={1000000}
          value={options.train_after}
          onChange={(event) => setOptions({ ...options, train_after: Number(event.target.value) })}
        />
        <span className="hint">0: only when a manager says so.</span>
      </label>
    </section>
  );
}

/** What makes somebody non-engaged a distracted person. */
function Distraction({ value, change, categories }: Pick<Props, "value" | "change" | "categories">) {
  return (
    <>
      <div className="two">
        <label className="field">
          <span>Category that means non-engaged</span>
          <select
            value={value.non_engaged}
            onChange={(event) => change({ ...value, non_engaged: event.target.value })}
          >
            <option value="">None</option>
            {categories.map((one) => (
              <option key={one.key}>{one.name}</option>
            ))}
          </select>
          <span className="hint">With one of the objects below in the frame it counts as distracted.</span>
        </label>
        <label className="field">
          <span>Least score of such an object</span>
          <input
            type="number"
            min={0}
            max={1}
            step={0.05}
            value={value.entity_score}
            onChange={(event) => change({ ...value, entity_score: Number(event.target.value) })}
          />
        </label>
      </div>
      <EntitiesField entities={value.entities} change={(entities) => change({ ...value, entities })} />
    </>
  );
}

type EntitiesProps = { entities: string[]; change: (entities: string[]) => void };

/** Which of the detector's 80 classes count. */
function EntitiesField({ entities, change }: EntitiesProps) {
  const [typed, setTyped] = useState("");
  const add = (name: string) => {
    if (!COCO.includes(name) || entities.includes(name)) return false;
    change([...entities, name]);
    setTyped("");
    return true;
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add(typed.trim().toLowerCase());
  };
  return (
    <fieldset className="stack">
      <legend>Objects that count as external entities</legend>
      <div className="row tight">
        {entities.map((name) => (
          <button
            type="button"
            key={name}
            className="chip"
            onClick={() => change(entities.filter((one) => one !== name))}
            aria-label={`Remove ${name}`}
          >
            {name} <Icon name="close" size={12} />
          </button>
        ))}
        <input
          className="chip-input"
          value={typed}
          onChange={(event) => {
            // Chosen from the list, it counts at once; typed, with Enter: "car" may become "carrot".
            const { inputType } = event.nativeEvent as InputEvent;
            const chosen = inputType === undefined || inputType === "insertReplacementText";
            if (!chosen || !add(event.target.value)) setTyped(event.target.value);
          }}
          onKeyDown={press}
          list="coco"
          placeholder="Add an object"
          aria-label="Add an object"
        />
        <datalist id="coco">
          {COCO.filter((name) => !entities.includes(name)).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
    </fieldset>
  );
}
