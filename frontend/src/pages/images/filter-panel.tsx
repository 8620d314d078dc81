import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api, need, type Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { asking, askingAttribute, attributesAsked, bounds, range } from "./asked";
import { Choose } from "./choose";
import type { FilterProps } from "./filters";
import { AGREES, FLAGS, FLAGS_OF, inPercent, SOURCES } from "./words";

type Attribute = Schemas["AttributeRow"];

/** The questions that are asked seldom. */
export function FilterPanel({ project, params, change }: FilterProps) {
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
      <ErrorNote
        error={members.error ?? attributes.error}
        retry={() => void Promise.all([members.refetch(), attributes.refetch()])}
      />
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
      {project.kind === "classification" && (
        <Field label="The model">
          <Choose
            label="The model"
            any="Says anything"
            choices={AGREES}
            value={value("agrees")}
            choose={choose("agrees")}
          />
        </Field>
      )}
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
