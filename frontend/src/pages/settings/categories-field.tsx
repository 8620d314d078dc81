import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Icon } from "../../parts/icon";
import { isTaken } from "../../tools/keys";
import { Removal } from "./removal";

/** A row of the form: `key` tells rows apart while they have no id. */
export type CategoryInput = Schemas["CategoryRowRequest"] & { key: number; taken?: CategoryInput[] };

// The server's (labeling/services/categories.py), to be seen before the project is made.
// prettier-ignore
const COLORS = [
  "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#990055", "#BB00FF", "#445511",
  "#0000FF", "#FFBBCC", "#00DD99", "#6611AA", "#FF55FF", "#DD00AA", "#55EEFF", "#22BB00", "#6677FF", "#FF0066",
];
let keys = 0;

export function newCategory(name: string, position: number): CategoryInput {
  const hotkey = position < 9 ? String(position + 1) : "";
  return { name, color: COLORS[position % COLORS.length], hotkey, key: ++keys };
}

type Props = {
  project?: number;
  categories: CategoryInput[];
  change: (categories: CategoryInput[]) => void;
};

export function CategoriesField({ project, categories, change }: Props) {
  const [leaving, setLeaving] = useState<CategoryInput | null>(null);
  const set = (key: number, part: Partial<CategoryInput>) =>
    change(categories.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const move = (index: number, by: number) => {
    const next = [...categories];
    next.splice(index + by, 0, ...next.splice(index, 1));
    change(next);
  };
  const remove = (one: CategoryInput, into?: number) => {
    const taken = [one, ...(one.taken ?? [])];
    const rest = categories.filter((other) => other.key !== one.key);
    change(
      rest.map((other) =>
        other.key === into ? { ...other, taken: [...(other.taken ?? []), ...taken] } : other,
      ),
    );
    setLeaving(null);
  };
  const apart = (one: CategoryInput, back: CategoryInput) => {
    const taken = one.taken?.filter((other) => other.key !== back.key);
    change([
      ...categories.map((other) => (other.key === one.key ? { ...other, taken } : other)),
      { ...back, taken: [] },
    ]);
  };
  const clash = categories.filter((one) => isTaken(one.hotkey ?? ""));
  return (
    <fieldset className="stack">
      <legend>Categories</legend>
      {categories.map((one, index) => (
        <Row
          key={one.key}
          category={one}
          index={index}
          last={index === categories.length - 1}
          set={(part) => set(one.key, part)}
          move={(by) => move(index, by)}
          remove={() => (one.id && project ? setLeaving(one) : remove(one))}
        />
      ))}
      {categories.flatMap((one) =>
        one.taken?.map((other) => (
          <p key={other.key} className="note warn small row between">
            <span className="break">
              When you save, labels of {other.name} become {one.name}.
            </span>
            <button type="button" className="button small" onClick={() => apart(one, other)}>
              Keep {other.name}
            </button>
          </p>
        )),
      )}
      {leaving && project && (
        <Removal
          project={project}
          category={leaving}
          others={categories.filter((one) => one.id && one.key !== leaving.key)}
          remove={(into) => remove(leaving, into)}
          close={() => setLeaving(null)}
        />
      )}
      {clash.length > 0 && (
        <p className="note warn small">
          A tool of the labeling screen has the key {clash[0]?.hotkey?.toUpperCase()}: choose another.
        </p>
      )}
      <div>
        <button
          type="button"
          className="button small"
          onClick={() => change([...categories, newCategory("", categories.length)])}
        >
          <Icon name="plus" /> Add a category
        </button>
      </div>
    </fieldset>
  );
}

type RowProps = {
  category: CategoryInput;
  index: number;
  last: boolean;
  set: (part: Partial<CategoryInput>) => void;
  move: (by: number) => void;
  remove: () => void;
};

function Row({ category, index, last, set, move, remove }: RowProps) {
  const called = category.name || `category ${index + 1}`;
  return (
    <div className="row tight still category-row">
      <input
        type="color"
        value={category.color}
        onChange={(event) => set({ color: event.target.value })}
        aria-label={`Colour of ${called}`}
      />
      <input
        value={category.name}
        onChange={(event) => set({ name: event.target.value })}
        aria-label={`Category ${index + 1}`}
        placeholder="Name"
        required
        maxLength={100}
      />
      <input
        className="hotkey"
        value={category.hotkey ?? ""}
        onChange={(event) => set({ hotkey: event.target.value.slice(-1).toLowerCase() })}
        aria-label={`Key of ${called}`}
        placeholder="key"
        pattern="[0-9a-z]?"
      />
      <button
        type="button"
        className="button quiet icon small"
        onClick={() => move(-1)}
        disabled={!index}
        aria-label={`Move ${called} up`}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        className="button quiet icon small"
        onClick={() => move(1)}
        disabled={last}
        aria-label={`Move ${called} down`}
      >
        <Icon name="down" />
      </button>
      <button
        type="button"
        className="button quiet icon small"
        onClick={remove}
        aria-label={`Remove ${called}`}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
