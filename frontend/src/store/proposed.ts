import type { MatteDocument, Proposal } from "./matte";

const LOOK_MS = 200;

/**
 * Proposes something that was long looked for as soon as no stroke and no other work goes on. Whether it did: not where it
 * is not `wanted` any more.
 */
export async function proposed(
  document: MatteDocument,
  proposal: Proposal,
  wanted: () => boolean,
): Promise<boolean> {
  while (wanted()) {
    // What waits for an answer gives way to what was clicked on since, and to nothing else.
    const free = proposal.choose || !document.snapshot().proposal;
    if (free && document.propose(proposal)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}
