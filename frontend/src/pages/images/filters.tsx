import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api, need, type Project, type Schemas } from "../../api/client";
import { Icon } from "../../parts/icon";
import { asking, askingAttribute, attributesAsked, bounds, range } from "./asked";

type Attribute = Schemas["AttributeRow"];
type Choice = readonly [value: string, text: string];

const STATUS = ["unlabeled", "labeled", "in_review", "done", "skipped"];
const SPLITS = ["train", "val", "test"];
const SOURCES: Choice[] = [
  ["upload", "uploaded"],
  ["url", "from the web"],
  ["video", "from a video"],
  ["label-studio", "from Label Studio"],
  ["render", "rendered"],
  ["translated", "translated"],
];
const AGREES: Choice[] = [
  ["1", "agrees with the label"],
  ["0", "says something else"],
];
const ORDERS: Choice[] = [
  ["-id", "newest first"],
  ["name", "by name"],
  ["-uncertainty", "least sure first"],
  ["-labeled", "last labeled first"],
];
const FLAGS: Choice[] = [
  ["error", "damaged"],
  ["near_duplicates", "near-duplicates"],
];
const FLAGS_OF: Record<Project["role"], Choice[]> = {
  labeler: [],
  reviewer: [["gold", "gold images"]],
  manager: [
    ["gold", "gold images"],
    ["deleted", "deleted"],
  ],
};

type Props = {
  project: Project;
  params: URLSearchParams;
  change: (params: URLSearchParams) => void;
};

/** What the list shows: the common questions in sight, the others one press away. */
export function Filters({ project, params, change }: Props) {
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
        {open && <More project={project} params={params} change={change} />}
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

function More({ project, params, change }: Props) {
  const path = { id: project.id };
  const members = useQuery({
    queryKey: ["members", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/members/", { params: { path } })),
  });
  const attributes = useQuery({
    queryKey: ["attributes", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/attributes/", { params: { path } })),
  });
  const [added, add] = useState<readonly string[]>([]);
  const choose = (name: string) => (value: string) => change(asking(params, name, value));
  const value = (name: string) => params.get(name) ?? "";
  const people = members.data?.results.map(({ user }) => [user.username, user.username] as const) ?? [];
  const known = attributes.data ?? [];
  const asked = attributesAsked(params);
  const shown = known.filter(({ name }) => asked.has(name) || added.includes(name));
  const left = known.filter((one) => !shown.includes(one));
  return (
    <div className="panel filter-fields">
      <Field label="Source">
        <Choose
          label="Source"
          any="Any"
          choices={SOURCES}
          value={value("source")}
          choose={choose("source")}
        />
      </Field>
      <Field label="Labeled by">
        <Choose
          label="Labeled by"
          any="Anybody"
          choices={people}
          value={value("author")}
          choose={choose("author")}
        />
      </Field>
      <Field label="The model">
        <Choose
          label="The model"
          any="Says anything"
          choices={AGREES}
          value={value("agrees")}
          choose={choose("agrees")}
        />
      </Field>
      <Field label="Confidence, %">
        <Range
          label="Confidence"
          value={range(inPercent(value("score_min")), inPercent(value("score_max")))}
          change={(said) => {
            const [min, max] = bounds(said).map((one) => (one ? String(Number(one) / 100) : ""));
            change(asking(asking(params, "score_min", min ?? ""), "score_max", max ?? ""));
          }}
        />
      </Field>
      <Field label="Group">
        <Late
          label="Group"
          value={value("group")}
          change={choose("group")}
          placeholder="A meeting, a person"
        />
      </Field>
      {shown.map((attribute) => (
        <Field key={attribute.name} label={attribute.name}>
          <AttributeField
            attribute={attribute}
            value={asked.get(attribute.name) ?? ""}
            change={(said) => change(askingAttribute(params, attribute.name, said))}
          />
        </Field>
      ))}
      {left.length > 0 && (
        <Field label="Attribute">
          <Choose
            label="Attribute"
            any="Ask for one"
            choices={left.map(({ name }) => [name, name] as const)}
            value=""
            choose={(name) => add([...added, name])}
          />
        </Field>
      )}
      <div className="row tight filter-flags">
        {[...FLAGS, ...FLAGS_OF[project.role]].map(([name, text]) => (
          <Flag key={name} text={text} on={params.has(name)} set={(on) => choose(name)(on ? "1" : "")} />
        ))}
      </div>
    </div>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="field" role="group" aria-label={label}>
      <span className="clip" title={label}>
        {label}
      </span>
      {children}
    </div>
  );
}

type ChooseProps = {
  label: string;
  any: string;
  choices: readonly Choice[];
  value: string;
  choose: (value: string) => void;
};

function Choose({ label, any, choices, value, choose }: ChooseProps) {
  return (
    <select
      className="filter"
      aria-label={label}
      value={value}
      onChange={(event) => choose(event.target.value)}
    >
      <option value="">{any}</option>
      {choices.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}

type AskedProps = { value: string; change: (value: string) => void };

function AttributeField({ attribute, value, change }: AskedProps & { attribute: Attribute }) {
  const { name, type, min, max, values } = attribute;
  const options = useId();
  if (type === "number") {
    return <Range label={name} value={value} change={change} least={min} most={max} />;
  }
  if (type === "boolean") {
    const choices = [["true", "yes"], ["false", "no"]] as const; // prettier-ignore
    return <Choose label={name} any="Any" choices={choices} value={value} choose={change} />;
  }
  return (
    <>
      <Late label={name} value={value} change={change} list={options} placeholder="Any" />
      <datalist id={options}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

type RangeProps = AskedProps & { label: string; least?: number | null; most?: number | null };

function Range({ label, value, change, least, most }: RangeProps) {
  const [min, max] = bounds(value);
  const hint = (bound: number | null | undefined, text: string) =>
    bound === null || bound === undefined ? text : String(Math.round(bound * 100) / 100);
  return (
    <div className="row tight filter-range">
      <Late
        label={`${label}, at least`}
        value={min}
        change={(next) => change(range(next, max))}
        placeholder={hint(least, "from")}
        number
      />
      <span aria-hidden>–</span>
      <Late
        label={`${label}, at most`}
        value={max}
        change={(next) => change(range(min, next))}
        placeholder={hint(most, "to")}
        number
      />
    </div>
  );
}

type LateProps = AskedProps & { label: string; placeholder: string; list?: string; number?: boolean };

/** Asks when one has written, and not at every letter. */
function Late({ label, value, change, placeholder, list, number }: LateProps) {
  const [{ text, of }, set] = useState({ text: value, of: value });
  if (of !== value) set({ text: value, of: value });
  const say = () => text.trim() !== value && change(text.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    say();
  };
  return (
    <form onSubmit={submit}>
      <input
        aria-label={label}
        type={number ? "number" : "text"}
        step="any"
        maxLength={200}
        value={text}
        list={list}
        placeholder={placeholder}
        onChange={(event) => set({ text: event.target.value, of: value })}
        onBlur={say}
      />
    </form>
  );
}

type FlagProps = { text: string; on: boolean; set: (on: boolean) => void };

/** Changes at once: the address, which it stands for, follows when the page has got there. */
function Flag({ text, on, set }: FlagProps) {
  const [{ now, was }, say] = useState({ now: on, was: on });
  if (was !== on) say({ now: on, was: on });
  return (
    <label className="check filter-check">
      <input
        type="checkbox"
        checked={now}
        onChange={(event) => {
          say({ now: event.target.checked, was });
          set(event.target.checked);
        }}
      />
      <span>{text}</span>
    </label>
  );
}

const inPercent = (share: string) => (share ? String(Math.round(Number(share) * 1000) / 10) : "");

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
