import { csrfToken } from "./cookies";

const KEY = "frameloop-leaving";

/** Gives leases away as their page goes: the images are the others' at once. */
export function giveBack(leases: readonly number[]): void {
  if (!leases.length) return;
  localStorage.setItem(KEY, JSON.stringify([...left(), ...leases]));
  leases.forEach(release);
}

/**
 * Ends when what the last pages of this browser gave away is back; null where that was nothing. The page that follows,
 * in this tab or in another, may be quicker than those requests: it would be handed some of the same leases, and lose
 * them a moment later. Where they failed, it is what sends them.
 */
export function givenBack(): Promise<unknown> | null {
  const leases = left();
  localStorage.removeItem(KEY);
  return leases.length ? Promise.all(leases.map(release)) : null;
}

function left(): number[] {
  return JSON.parse(localStorage.getItem(KEY) ?? "[]") as number[];
}

async function release(lease: number): Promise<void> {
  const headers = { "X-CSRFToken": csrfToken() };
  await fetch(`/api/assignments/${lease}/release/`, { method: "POST", keepalive: true, headers }).catch(
    () => {},
  );
}
