import { useId, useState } from "react";
import type { Project } from "../../api/client";
import { Icon } from "../../parts/icon";
import { asking, askingAttribute, attributesAsked, bounds } from "./asked";
import { Choose } from "./choose";
import { FilterPanel } from "./filter-panel";
import { AGREES, type Choice, FLAGS, FLAGS_OF, inPercent, SOURCES } from "./words";

const STATUS = ["unlabeled", "labeled", "in_review", "done", "skipped"];
const SPLITS = ["train", "val", "test"];
const ORDERS: Choice[] = [
  ["-id", "newest first"],
  ["name", "by name"],
  ["-uncertainty", "least sure first"],
  ["-labeled", "last labeled first"],
];

export type FilterProps = {
  project: Project;
  params: URLSearchParams;
  change: (params: URLSearchParams) => void;
};

/** What the list shows: the common questions in sight, the others one press away. */
export function Filters({ project, params, change }: FilterProps) {
  const [open, setOpen] = useState(false);
  const panel = useId();
  const said = chips(params);
  const choose = (name: string) => (value: string) => change(asking(params, name, value));
  const select = (name: string, any: string, choices: readonly Choice[]) => (
    <Choose
      label={`Filter by ${name.replace("_", " ")}`}
      any={any}
      choices={choices}
      value={params.get(name) ?? ""}
      choose={choose(name)}
    />
  );
  return (
    <div className="stack filters">
      <div className="row tight">
        {select(
          "status",
          "Any status",
          STATUS.map((one) => [one, one.replace("_", " ")] as const),
        )}
        {select(
          "split",
          "Any split",
          SPLITS.map((one) => [one, one] as const),
        )}
        {select(
          "category",
          "Any category",
          project.categories.map(({ name }) => [name, name] as const),
        )}
        <button className="button" aria-expanded={open} aria-controls={panel} onClick={() => setOpen(!open)}>
          <Icon name="settings" /> More filters
        </button>
        {!params.has("similar") && (
          <span className="filter-order">
            <Choose
              label="Order"
              any="As imported"
              choices={ORDERS}
              value={params.get("ordering") ?? ""}
              choose={choose("ordering")}
            />
          </span>
        )}
      </div>
      <div id={panel} hidden={!open}>
        {open && <FilterPanel project={project} params={params} change={change} />}
      </div>
      {said.length > 0 && (
        <div className="row tight" aria-label="Filters that are set" role="group">
          {said.map(({ text, without }) => (
            <button
              key={text}
              className="chip"
              aria-label={`Without: ${text}`}
              onClick={() => change(without)}
            >
              {text} <Icon name="close" size={12} />
            </button>
          ))}
          <button className="button quiet small" onClick={() => change(new URLSearchParams())}>
            Show all
          </button>
        </div>
      )}
    </div>
  );
}

function inWords(wanted: string): string {
  if (!wanted.includes("..")) return wanted;
  const [min, max] = bounds(wanted);
  if (!max) return `from ${min}`;
  return min ? `${min} to ${max}` : `to ${max}`;
}

/** What is set in the panel, in words, each with what would be asked without it. */
function chips(params: URLSearchParams): { text: string; without: URLSearchParams }[] {
  const word = (choices: readonly Choice[], value: string) =>
    choices.find(([one]) => one === value)?.[1] ?? value;
  const words: Record<string, (value: string) => string> = {
    source: (value) => word(SOURCES, value),
    author: (value) => `labeled by ${value}`,
    agrees: (value) => `model ${word(AGREES, value)}`,
    score_min: (value) => `confidence from ${inPercent(value)} %`,
    score_max: (value) => `confidence to ${inPercent(value)} %`,
    group: (value) => `group ${value}`,
    ...Object.fromEntries([...FLAGS, ...FLAGS_OF.manager].map(([name, text]) => [name, () => text])),
  };
  const plain = Object.entries(words).flatMap(([name, say]) => {
    const value = params.get(name);
    return value === null ? [] : [{ text: say(value), without: asking(params, name, "") }];
  });
  const attributes = [...attributesAsked(params)].map(([name, value]) => ({
    text: `${name} ${inWords(value)}`,
    without: askingAttribute(params, name, ""),
  }));
  return [...plain, ...attributes];
}
