import { useState } from "react";

/** A choice that stays while this tab is open, also when its page is loaded anew. */
export function useKept<T extends string>(name: string, choices: readonly T[], first: T) {
  const [value, setValue] = useState(() => {
    const kept = sessionStorage.getItem(name);
    return choices.find((choice) => choice === kept) ?? first;
  });
  const keep = (next: T) => {
    sessionStorage.setItem(name, next);
    setValue(next);
  };
  return [value, keep] as const;
}
