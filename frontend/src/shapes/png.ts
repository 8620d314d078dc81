import { emptyPlane, type Plane } from "./plane";
import { chosenFilters, unfilter } from "./png-rows";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const PIECE = 1 << 20; // bytes that are given to the compressor at once
const NO_MATTE = "This is no 8-bit grey PNG.";

/** Where each pass of an interlaced PNG begins, and how far its pixels are apart: x, y, dx, dy. */
const WHOLE = [[0, 0, 1, 1]] as const;
const INTERLACED = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const; // prettier-ignore

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The levels of an 8-bit grey PNG, each exactly as it is in the file: a canvas would manage colours, and some browsers
 * blur what is read from it. Throws for another PNG, and for one that is damaged.
 */
export async function decodePng(file: Uint8Array): Promise<Plane> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (SIGNATURE.some((byte, n) => file[n] !== byte) || file.length < 33) throw new Error(NO_MATTE);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (file[24] !== 8 || file[25] !== 0) throw new Error(NO_MATTE);
  const passes = file[28] ? INTERLACED : WHOLE;
  const parts: Bytes[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x49444154) parts.push(file.slice(at + 8, at + 8 + length)); // IDAT
    at += 12 + length;
  }
  const sizes = passes.map(
    ([x, y, dx, dy]) => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)] as const,
  );
  const wanted = sizes.reduce((sum, [w, h]) => sum + (w > 0 && h > 0 ? (w + 1) * h : 0), 0);
  const rows = await piped(parts, new DecompressionStream("deflate"), wanted);
  if (rows.length !== wanted) throw new Error("The matte's file is damaged.");
  const plane = emptyPlane({ width, height });
  let from = 0;
  passes.forEach((pass, n) => {
    const [w, h] = sizes[n]!;
    if (w <= 0 || h <= 0) return;
    unfilter(rows.subarray(from, from + (w + 1) * h), w, h, plane, pass);
    from += (w + 1) * h;
  });
  return plane;
}

/** A plane as an 8-bit grey PNG of nothing but its pixels: the server keeps it as it is, so its SHA-256 is its name. */
export async function encodePng({ width, height, data }: Plane): Promise<Bytes> {
  const rows = chosenFilters(data, width, height);
  const pieces: Bytes[] = [];
  for (let at = 0; at < rows.length; at += PIECE) pieces.push(rows.subarray(at, at + PIECE));
  const packed = await piped(pieces, new CompressionStream("deflate"));
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8; // bits; 0 is grey, and no interlacing
  return joined([Uint8Array.from(SIGNATURE), chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array(0))]); // prettier-ignore
}

/** All that comes out of a stream; more than `most` bytes are a bomb. */
async function piped(
  parts: readonly Bytes[],
  through: ReadableWritablePair<Uint8Array, BufferSource>,
  most = Infinity,
): Promise<Bytes> {
  const writer = through.writable.getWriter();
  const fed = (async () => {
    for (const part of parts) await writer.write(part);
    await writer.close();
  })();
  fed.catch(() => {}); // the reader hears of it
  const reader = through.readable.getReader();
  const out: Uint8Array[] = [];
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.length;
    if (length > most) {
      await reader.cancel();
      throw new Error("The matte's file is damaged.");
    }
    out.push(step.value);
  }
  return joined(out);
}

function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(data.length + 12);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  [...name].forEach((letter, n) => (whole[4 + n] = letter.charCodeAt(0)));
  whole.set(data, 8);
  view.setUint32(data.length + 8, crc(whole.subarray(4, data.length + 8)));
  return whole;
}

const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc(data: Uint8Array): number {
  let value = -1;
  for (let n = 0; n < data.length; n++) value = TABLE[(value ^ data[n]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}
