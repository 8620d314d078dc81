import type { Project, Schemas } from "../../api/client";

type Props = {
  project: Project;
  kinds: readonly Schemas["KindRow"][];
  mapping: Readonly<Record<string, string>>;
  left: readonly string[];
  map: (kind: string, category: string) => void;
  leave: (kind: string, out: boolean) => void;
};

/** Which kinds of things stand in the scenes, and what each is labeled as. */
export function KindsField({ project, kinds, mapping, left, map, leave }: Props) {
  const labeled = kinds.filter(({ name }) => mapping[name] && !left.includes(name)).length;
  const all = left.length === 0;
  return (
    <details className="kinds" open={labeled === 0}>
      <summary>
        What stands in them: {kinds.length - left.length} kinds, {labeled} of them labeled
      </summary>
      <div className="stack">
        <p className="hint">
          What is left unlabeled stands between the others, as in a real fridge. Kinds that the names of your
          categories suggest are chosen already.
        </p>
        <div className="row tight">
          <button
            type="button"
            className="button small"
            onClick={() => kinds.forEach(({ name }) => all !== left.includes(name) && leave(name, all))}
          >
            {all ? "Leave all out" : "Take all"}
          </button>
        </div>
        <ul className="kind-list">
          {kinds.map(({ name, title }) => (
            <li key={name} className="row still">
              <label className="check grow">
                <input
                  type="checkbox"
                  checked={!left.includes(name)}
                  onChange={(event) => leave(name, !event.target.checked)}
                />
                <span className="clip">{title}</span>
              </label>
              <select
                aria-label={`${title} is labeled as`}
                value={mapping[name] ?? ""}
                disabled={left.includes(name)}
                onChange={(event) => map(name, event.target.value)}
              >
                <option value="">not labeled</option>
                {project.categories.map((category) => (
                  <option key={category.id} value={category.name}>
                    {category.name}
                  </option>
                ))}
              </select>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
