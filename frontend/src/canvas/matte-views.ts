/** How a matte is looked at. */
export const VIEWS = ["overlay", "grey", "cutout", "trimap"] as const;
export type ViewName = (typeof VIEWS)[number];
export const BACKDROPS = ["checker", "white", "black", "color", "picture"] as const;
export type Backdrop = (typeof BACKDROPS)[number];

export type MatteView = {
  name: ViewName;
  /** Of the tint, from 0 to 1. */
  opacity: number;
  /** What lies behind what is cut out. */
  backdrop: Backdrop;
  /** As #rrggbb. */
  color: string;
};
export const MATTE_VIEW: MatteView = { name: "overlay", opacity: 0.6, backdrop: "checker", color: "#2f9e6d" };

type Rgb = readonly [red: number, green: number, blue: number];

const TINT: Rgb = [36, 128, 255]; // far from skin, hair and most walls
const TRIMAP: readonly (readonly [level: number, color: Rgb, share: number])[] = [
  [0, [10, 12, 16], 0.75],
  [128, [255, 176, 32], 0.8],
  [255, [64, 214, 128], 0.35],
];
const SQUARES: readonly [Rgb, Rgb] = [[255, 255, 255], [204, 204, 204]]; // prettier-ignore

/** What the levels of a plane are painted with: colours with how much they cover the picture, as canvases keep them. */
export type Shade = {
  table: Uint32Array;
  /** In every other square of a board. */
  other?: Uint32Array;
  /** The stage's own picture: its colours, covered by what lacks to 255. */
  picture?: boolean;
};

/** `levels`: what becomes of each level first, where that is only tried out. */
export function shadeOf({ name, opacity, backdrop, color }: MatteView, levels?: Uint8Array): Shade {
  const table = (paint: (level: number) => number) =>
    Uint32Array.from({ length: 256 }, (_, level) => paint(levels?.[level] ?? level));
  const behind = (rgb: Rgb) => table((level) => coded(rgb, 255 - level));
  if (name === "grey") return { table: table((level) => coded([level, level, level], 255)) };
  if (name === "trimap") return { table: trimapTable(opacity) };
  if (name === "overlay") return { table: table((level) => coded(TINT, level * opacity)) };
  if (backdrop === "checker") return { table: behind(SQUARES[0]), other: behind(SQUARES[1]) };
  if (backdrop === "picture") return { table: behind([0, 0, 0]), picture: true };
  return { table: behind(backdrop === "white" ? [255, 255, 255] : backdrop === "black" ? [0, 0, 0] : rgbOf(color)) }; // prettier-ignore
}

/** Between its three levels, where pixels are averaged, the colours between theirs. */
function trimapTable(opacity: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const at = level < 128 ? 0 : 1;
    const [from, to] = [TRIMAP[at]!, TRIMAP[at + 1]!];
    const share = (level - from[0]) / (to[0] - from[0]);
    const mix = (a: number, b: number) => a + share * (b - a);
    const rgb = from[1].map((part, n) => mix(part, to[1][n]!)) as unknown as Rgb;
    return coded(rgb, 255 * opacity * mix(from[2], to[2]));
  });
}

/** Red lies in the lowest byte, as machines that browsers run on have it. */
function coded([red, green, blue]: Rgb, cover: number): number {
  return (
    ((Math.round(cover) << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0
  );
}

function rgbOf(color: string): Rgb {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)?.slice(1) ?? ["0", "0", "0"];
  return found.map((part) => parseInt(part, 16)) as unknown as Rgb;
}
