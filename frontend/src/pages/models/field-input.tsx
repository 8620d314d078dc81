import type { Schemas } from "../../api/client";

type Field = Schemas["FieldRow"];
export type Value = string | number | boolean;

type InputProps = { field: Field; value: Value; change: (value: Value) => void };

/** One setting of a model, as the registry describes it. */
export function FieldInput({ field, value, change }: InputProps) {
  const title = field.name.replaceAll("_", " ");
  if (field.type === "boolean") {
    return (
      <label className="check boolean">
        <input type="checkbox" checked={Boolean(value)} onChange={(event) => change(event.target.checked)} />
        <span>
          {title} <span className="hint">{field.help}</span>
        </span>
      </label>
    );
  }
  return (
    <label className="field">
      <span>{title} </span>
      {field.type === "string" ? (
        <select value={String(value)} onChange={(event) => change(event.target.value)}>
          {field.choices?.map((one) => (
            <option key={one} value={one}>
              {one.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="number"
          step={field.type === "integer" ? 1 : "any"}
          min={field.min ?? undefined}
          max={field.max ?? undefined}
          value={Number(value)}
          onChange={(event) => change(Number(event.target.value))}
        />
      )}
      <span className="hint">{field.help}</span>
    </label>
  );
}
