import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { digestOf, sha256 } from "./sha256";

it("says what everybody's SHA-256 says, with the browser's help and without", async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000, 100_003]) {
    const data = Uint8Array.from({ length }, (_, n) => (n * n + 7 * n) % 256);
    const wanted = createHash("sha256").update(data).digest("hex");
    expect(await sha256(data)).toBe(wanted);
    expect(Buffer.from(digestOf(data)).toString("hex")).toBe(wanted);
  }
});
