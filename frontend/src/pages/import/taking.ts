import { plural } from "../../parts/format";
import { clock, seconds } from "./clock";

export type Box = [number, number, number, number];

/** What a look at a video found: its job's result. */
export type Look = {
  file: number;
  name: string;
  duration: number;
  width: number;
  height: number;
  fps: number;
  samples: { time: number; boxes: Box[] }[];
};

/** What an import of a video has brought by now: its job's result. */
export type Taken = {
  created: number[];
  duplicates: unknown[];
  frames: number;
  near_duplicates: number;
};

/** The fields as they are typed. */
export type Choice = { fps: string; split: boolean; near: string; start: string; end: string; group: string };
export const FIRST_CHOICE: Choice = { fps: "1", split: false, near: "4", start: "", end: "", group: "" };

export type Asked = { fps: number; near_duplicates: number; start: number; end: number | null };

/** The numbers of a choice, or what is wrong with it. */
export function asked(choice: Choice, duration: number): Asked | string {
  const [fps, near] = [Number(choice.fps), Number(choice.near)];
  if (!(fps >= 0.01 && fps <= 30)) return "Choose between 0.01 and 30 frames a second.";
  if (!choice.near.trim() || !Number.isInteger(near) || near < 0 || near > 32)
    return "Choose a whole number from 0 to 32 for near-duplicates.";
  const start = choice.start.trim() ? seconds(choice.start) : 0;
  const end = choice.end.trim() ? seconds(choice.end) : null;
  if (start === null || (choice.end.trim() && end === null)) return "Write times as 12:30 or 1:02:30.";
  if (start >= Math.min(end ?? duration, duration)) return "The part has to begin before it ends.";
  return { fps, near_duplicates: near, start, end };
}

/** Of a sample's boxes, those that are cut out: one alone may be the whole frame, which is not. */
export function cuts({ width, height }: Look, boxes: Box[]): Box[] {
  return boxes.filter(([x1, y1, x2, y2]) => x1 > 0 || y1 > 0 || x2 < width || y2 < height);
}

/** How many images there will be, before near-duplicates are left out. */
export function estimate(look: Look, { fps, start, end }: Asked): string {
  const length = Math.max(0, Math.min(end ?? look.duration, look.duration) - start);
  const within = look.samples.filter(({ time }) => time >= start && time < (end ?? Infinity));
  const samples = within.length ? within : look.samples;
  const tiles = samples.reduce((sum, { boxes }) => sum + boxes.length, 0) / (samples.length || 1);
  const images = Math.max(1, Math.round(Math.ceil(length * Math.min(fps, look.fps || fps)) * tiles));
  const rate = fps === 1 ? "1 frame a second" : `${fps} frames a second`;
  return `About ${plural(images, "image")} from ${clock(length)} at ${rate}`;
}
