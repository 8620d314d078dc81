import { type FormEvent, useState } from "react";
import { type Project, Problem, type Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/notes";
import { CategoriesField, newCategory, type CategoryInput } from "./categories-field";
import { InstructionsField } from "./instructions-field";
import { LabelingFields, type LabelingOptions } from "./labeling-fields";
import { ModelFields, type Rules } from "./model-fields";

export type ProjectInput = Schemas["ProjectRowRequest"];

const CATEGORIES = ["engaged", "non-engaged", "animated"];
const RULES: Rules = {
  entities: ["cell phone", "dog", "cat"],
  entity_score: 0.4,
  non_engaged: "non-engaged",
};
const OPTIONS: LabelingOptions = {
  overlap: 1,
  review: false,
  sampling: "sequential",
  train_after: 0,
  gold_every: 0,
};

type Props = { project?: Project; save: (input: ProjectInput) => Promise<unknown>; text: string };

/** The same form makes a project and changes one. */
export function ProjectForm({ project, save, text }: Props) {
  const [name, setName] = useState(project?.name ?? "");
  const [categories, setCategories] = useState<CategoryInput[]>(
    () =>
      project?.categories.map((one, n) => ({ ...newCategory(one.name, n), ...one })) ??
      CATEGORIES.map(newCategory),
  );
  const [instructions, setInstructions] = useState(project?.instructions ?? "");
  const [options, setOptions] = useState<LabelingOptions>(() => ({ ...OPTIONS, ...optionsOf(project) }));
  const [rules, setRules] = useState<Rules>({ ...RULES, ...project?.settings });
  const [error, setError] = useState<unknown>(null);
  const [state, setState] = useState<"idle" | "busy" | "saved">("idle");
  // The rule that names a category follows it.
  const rename = (next: CategoryInput[]) => {
    setCategories(next);
    const before = categories.find((one) => one.name === rules.non_engaged);
    const after =
      before && next.find((one) => [one, ...(one.taken ?? [])].some(({ key }) => key === before.key));
    if (before && after?.name !== rules.non_engaged) setRules({ ...rules, non_engaged: after?.name ?? "" });
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
        kind: "classification",
        instructions,
        ...options,
        settings: rules,
        categories: rows,
      });
      setState("saved");
    } catch (problem) {
      setError(problem);
      setState("idle");
      if (!(problem instanceof Problem)) throw problem;
    }
  };
  return (
    <form className="stack wide" onSubmit={submit} onChange={() => setState("idle")}>
      <section className="panel stack wide">
        <div className="two">
          <label className="field">
            <span>Name</span>
            <input value={name} onChange={(event) => setName(event.target.value)} required maxLength={200} />
          </label>
          <label className="field">
            <span>Kind</span>
            <select disabled value="classification">
              <option value="classification">Classification: one category for an image</option>
            </select>
          </label>
        </div>
        <CategoriesField project={project?.id} categories={categories} change={rename} />
        <InstructionsField value={instructions} change={setInstructions} />
      </section>
      <LabelingFields value={options} change={setOptions} />
      <ModelFields
        value={rules}
        change={setRules}
        options={options}
        setOptions={setOptions}
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

function optionsOf(project: Project | undefined): Partial<LabelingOptions> {
  if (!project) return {};
  const { overlap, review, sampling, train_after, gold_every } = project;
  return Object.fromEntries(
    Object.entries({ overlap, review, sampling, train_after, gold_every }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
