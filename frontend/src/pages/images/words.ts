import type { Project } from "../../api/client";

export type Choice = readonly [value: string, text: string];

export const SOURCES: Choice[] = [
  ["upload", "uploaded"],
  ["url", "from the web"],
  ["video", "from a video"],
  ["label-studio", "from Label Studio"],
  ["render", "rendered"],
  ["translated", "translated"],
];

export const AGREES: Choice[] = [
  ["1", "agrees with the label"],
  ["0", "says something else"],
];

export const FLAGS: Choice[] = [
  ["error", "damaged"],
  ["near_duplicates", "near-duplicates"],
];

export const FLAGS_OF: Record<Project["role"], Choice[]> = {
  labeler: [],
  reviewer: [
    ["commented", "with comments"],
    ["gold", "gold images"],
  ],
  manager: [
    ["commented", "with comments"],
    ["gold", "gold images"],
    ["deleted", "deleted"],
  ],
};

export const inPercent = (share: string) => (share ? String(Math.round(Number(share) * 1000) / 10) : "");
