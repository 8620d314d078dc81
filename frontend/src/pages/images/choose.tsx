import type { Choice } from "./words";

type ChooseProps = {
  label: string;
  any: string;
  choices: readonly Choice[];
  value: string;
  choose: (value: string) => void;
};

export function Choose({ label, any, choices, value, choose }: ChooseProps) {
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
