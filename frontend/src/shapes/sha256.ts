const PRIMES = primes(64);
const [START, ROUNDS] = [PRIMES.slice(0, 8).map((n) => fraction(n ** (1 / 2))), PRIMES.map((n) => fraction(Math.cbrt(n)))]; // prettier-ignore

/** SHA-256 (FIPS 180-4) as hexadecimal digits. Outside of HTTPS and localhost browsers hide theirs: there by our own. */
export async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = globalThis.crypto?.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", data)) : digestOf(data); // prettier-ignore
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The 32 bytes, without the browser's help. */
export function digestOf(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array((data.length + 9 + 63) & ~63);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(padded.length - 4, data.length << 3);
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let n = 0; n < 16; n++) words[n] = view.getInt32(block + 4 * n);
    for (let n = 16; n < 64; n++) {
      const [a, b] = [words[n - 15]!, words[n - 2]!];
      const near = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
      const far = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
      words[n] = words[n - 16]! + near + words[n - 7]! + far;
    }
    stir(state, words);
  }
  const digest = new Uint8Array(32);
  state.forEach((word, n) => new DataView(digest.buffer).setInt32(4 * n, word));
  return digest;
}

function stir(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]; // prettier-ignore
  for (let n = 0; n < 64; n++) {
    const up = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + up + ((e & f) ^ (~e & g)) + ROUNDS[n]! + words[n]!) | 0;
    const down = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (down + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, n) => (state[n]! += word));
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function fraction(root: number): number {
  return ((root % 1) * 2 ** 32) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}
