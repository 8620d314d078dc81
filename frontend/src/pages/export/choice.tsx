type Props = {
  title: string;
  value: string;
  options: readonly (readonly [string, string])[];
  hint?: string;
  disabled?: boolean;
  change: (value: string) => void;
};

/** One of a few, with a word about the one that is chosen. */
export function Choice({ title, value, options, hint, disabled, change }: Props) {
  return (
    <label className="field">
      <span>{title}</span>
      <select value={value} disabled={disabled} onChange={(event) => change(event.target.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}
