import { csrfToken } from "./cookies";

const KEY = "frameloop-leaving";

/** Gives leases away as their page goes: the images are the others' at once. */
export function giveBack(leases: readonly number[]): void {
  if (!leases.length) return;
  sessionStorage.setItem(KEY, JSON.stringify(leases));
  leases.forEach(release);
}

/**
 * Ends when what this tab's last page gave away is back; null where that was nothing. The page that follows may be
 * quicker than those requests: it would be handed the same leases, and lose them a moment later.
 */
export function givenBack(): Promise<unknown> | null {
  const left = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return left ? Promise.all((JSON.parse(left) as number[]).map(release)) : null;
}

async function release(lease: number): Promise<void> {
  const headers = { "X-CSRFToken": csrfToken() };
  await fetch(`/api/assignments/${lease}/release/`, { method: "POST", keepalive: true, headers }).catch(
    () => {},
  );
}
