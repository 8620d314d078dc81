/** An open document, as far as it matters for memory. */
export type Weighed = {
  key: string;
  bytes: number;
  /** What was made on it is submitted: it is kept for who takes that back. */
  settled: boolean;
  /** Nothing but memory has what was made on it. */
  only: boolean;
};

const SETTLED = 4;
const LEAST = 2; // the one on screen, and the next

/**
 * Which documents have to go, of those that are open in the order in which they were looked at: settled ones but for the
 * last few, and of the others, oldest first, as many as the budget asks for.
 */
export function forgotten(open: readonly Weighed[], budget: number): string[] {
  const old = open.slice(0, -LEAST).filter(({ only }) => !only);
  const settled = open.filter((one) => one.settled);
  const gone = new Set(old.filter((one) => one.settled && settled.indexOf(one) < settled.length - SETTLED));
  let sum = open.reduce((total, one) => total + (gone.has(one) ? 0 : one.bytes), 0);
  for (const one of old) {
    if (sum <= budget) break;
    if (!gone.has(one)) sum -= one.bytes;
    gone.add(one);
  }
  return [...gone].map(({ key }) => key);
}
