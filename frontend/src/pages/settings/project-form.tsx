import { type FormEvent, useState } from "react";
import { type Project, Problem, type Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { CategoriesField, newCategory, type CategoryInput } from "./categories-field";
import { InstructionsField } from "./instructions-field";
import { LabelingFields, type LabelingOptions } from "./labeling-fields";
import { ModelFields, type Rules } from "./model-fields";

export type ProjectInput = Schemas["ProjectRowRequest"];

type Kind = Project["kind"];

const KINDS: Record<Kind, string> = {
  classification: "Classification: one category for an image",
  detection: "Detection: boxes, each of a category",
  matting: "Matting: a soft alpha matte",
};
const CATEGORIES: Record<Kind, string[]> = {
  classification: ["engaged", "non-engaged", "animated"],
  detection: ["milk", "eggs", "cheese"],
  matting: [],
};
const RULES: Rules = {
  entities: ["cell phone", "dog", "cat"],
  entity_score: 0.4,
  non_engaged: "non-engaged",
  box_score: 0.1,
};
const OPTIONS: LabelingOptions = {
  overlap: 1,
  review: false,
  sampling: "sequential",
  train_after: 0,
  gold_every: 0,
};

type Props = { project?: Project; save: (input: ProjectInput) => Promise<unknown>; text: string };

/** The same form makes a project and changes one; what others change shows in it until something is typed. */
export function ProjectForm({ project, save, text }: Props) {
  const [fields, setFields] = useState(() => fieldsOf(project));
  const [shown, setShown] = useState(project);
  const [error, setError] = useState<unknown>(null);
  const [state, setState] = useState<"same" | "changed" | "busy" | "saved">("same");
  if (project !== shown && (state === "same" || state === "saved")) {
    setShown(project);
    setFields(fieldsOf(project, fields.categories));
  }
  const change = (part: Partial<Fields>) => {
    setFields({ ...fields, ...part });
    setState("changed");
  };
  const { name, kind, categories, instructions, options, rules } = fields;
  const asProposed = CATEGORIES[kind].join() === categories.map((one) => one.name).join();
  // A matte is of no category, so what was typed for another kind does not go with it.
  const changeKind = (next: Kind) =>
    change({
      kind: next,
      ...(asProposed || next === "matting" ? { categories: CATEGORIES[next].map(newCategory) } : {}),
    });
  // The rule that names a category follows it.
  const rename = (next: CategoryInput[]) => {
    const before = categories.find((one) => one.name === rules.non_engaged);
    const after =
      before && next.find((one) => [one, ...(one.taken ?? [])].some(({ key }) => key === before.key));
    change({ categories: next, rules: before ? { ...rules, non_engaged: after?.name ?? "" } : rules });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setState("busy");
    const rows = categories.map(({ id, name, color, hotkey, taken }) => {
      const merges = taken?.flatMap((other) => other.id ?? []);
      return { id, name, color, hotkey, ...(merges?.length ? { merges } : {}) };
    });
    try {
      await save({
        name,
        kind,
        instructions,
        ...options,
        settings: settingsOf(kind, rules),
        categories: rows,
      });
      // What was typed meanwhile is not saved yet.
      setState((now) => (now === "busy" ? "saved" : now));
    } catch (problem) {
      setError(problem);
      setState("changed");
      if (!(problem instanceof Problem)) throw problem;
    }
  };
  return (
    <form className="stack wide" onSubmit={submit}>
      <section className="panel stack wide">
        <div className="two">
          <label className="field">
            <span>Name</span>
            <input
              value={name}
              onChange={(event) => change({ name: event.target.value })}
              required
              maxLength={200}
            />
          </label>
          <label className="field">
            <span>Kind</span>
            <select
              disabled={Boolean(project)}
              value={kind}
              onChange={(event) => changeKind(event.target.value as Kind)}
            >
              {Object.entries(KINDS).map(([one, said]) => (
                <option key={one} value={one}>
                  {said}
                </option>
              ))}
            </select>
          </label>
        </div>
        {kind !== "matting" && (
          <CategoriesField project={project?.id} categories={categories} change={rename} />
        )}
        <InstructionsField value={instructions} change={(instructions) => change({ instructions })} />
      </section>
      <LabelingFields value={options} change={(options) => change({ options })} />
      <ModelFields
        kind={kind}
        value={rules}
        change={(rules) => change({ rules })}
        options={options}
        setOptions={(options) => change({ options })}
        categories={categories}
      />
      <ErrorNote error={error} />
      <div className="row form-foot">
        <button className="button primary" disabled={state === "busy"}>
          {text}
        </button>
        <span className="muted" role="status">
          {state === "saved" ? "Saved" : ""}
        </span>
      </div>
    </form>
  );
}

/** Of what the form knows, that which means something to a project of the kind. */
function settingsOf(kind: Kind, { box_score, ...rules }: Rules): ProjectInput["settings"] {
  if (kind === "matting") return {};
  return kind === "detection" ? { box_score } : rules;
}

type Fields = {
  name: string;
  kind: Kind;
  categories: CategoryInput[];
  instructions: string;
  options: LabelingOptions;
  rules: Rules;
};

/** What the form says of a project, or of a new one; rows that are the same as `before` keep their key. */
function fieldsOf(project?: Project, before: CategoryInput[] = []): Fields {
  const keyOf = (one: Project["categories"][number]) =>
    before.find(({ id, name }) => (id ? id === one.id : name === one.name))?.key;
  return {
    name: project?.name ?? "",
    kind: project?.kind ?? "classification",
    categories:
      project?.categories.map((one, n) => {
        const row = newCategory(one.name, n);
        return { ...row, ...one, key: keyOf(one) ?? row.key };
      }) ?? CATEGORIES.classification.map(newCategory),
    instructions: project?.instructions ?? "",
    options: { ...OPTIONS, ...optionsOf(project) },
    rules: { ...RULES, ...project?.settings },
  };
}

function optionsOf(project: Project | undefined): Partial<LabelingOptions> {
  if (!project) return {};
  const { overlap, review, sampling, train_after, gold_every } = project;
  return Object.fromEntries(
    Object.entries({ overlap, review, sampling, train_after, gold_every }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
