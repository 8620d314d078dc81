/** Line icons on a grid of 16, drawn with the text's colour. */
const PATHS = {
  accept: "M3 8.5 6.5 12 13 4.5",
  adjust: "M8 2.5v11M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5h3.8M8 8h5.4M8 11h3.8",
  api: "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5",
  back: "M9.5 3.5 5 8l4.5 4.5",
  bin: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5",
  close: "M4 4l8 8M12 4l-8 8",
  comment: "M2.5 3h11v8H8l-3 2.500V11H2.500zM5 6h6M5 8.200h4",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  down: "M8 3.5v9M4 8.5l4 4 4-4",
  evidence:
    "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 1 0 0-3.6",
  export: "M8 10V2.500M5 5.500l3-3 3 3M2.5 11v2.500h11V11",
  find: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 1 0 0-8.4M10.2 10.2 13.5 13.5",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  folder: "M2 12.5v-9h4l1.5 2H14v7z",
  help: "M6 6.2C6 4.9 6.9 4 8 4s2 .8 2 2c0 1.6-2 1.8-2 3.300M8 11.800v.4",
  images: "M2.5 3h11v10h-11zM2.5 10.500l3-3 3 3 2-2 3 3M10.5 6v.2",
  import: "M8 2.500v7.500M5 7l3 3 3-3M2.5 11v2.500h11V11",
  instructions: "M3.5 2.500h9v11h-9zM6 5.500h4M6 8h4M6 10.500h2.5",
  keys: "M1.8 4.500h12.400v7H1.800zM4.5 7v.1M8 7v.1M11.5 7v.1M5 9.300h6",
  label: "M2.5 2.500h5.500l5.5 5.5-5.5 5.500L2.5 8zM5.3 5.300v.1",
  members:
    "M6 3a2.2 2.2 0 1 0 0 4.400A2.2 2.2 0 1 0 6 3M2 13c0-2.5 1.7-4 4-4s4 1.5 4 4M10.5 3.300a2 2 0 0 1 0 3.800M11.5 9.300c1.5.5 2.5 1.8 2.5 3.7",
  minus: "M3.5 8h9",
  models: "M8 2 13.5 5v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6",
  moon: "M13 9.500A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
  next: "M3.5 8h9M8.5 4l4 4-4 4",
  out: "M9.5 5V3h-7v10h7v-2M6 8h8M11.5 5.5 14 8l-2.5 2.5",
  overview: "M2.5 2.500h4.500v5H2.500zM9 2.500h4.500v3H9zM9 7.500h4.500v6H9zM2.5 9.500h4.500v4H2.500z",
  play: "M5 3.500v9l7.5-4.500z",
  plus: "M8 3.500v9M3.5 8h9",
  previous: "M12.5 8h-9M7.5 4l-4 4 4 4",
  projects: "M2.5 3h4.500v4.500H2.500zM9 3h4.500v4.500H9zM2.5 9.500h4.500V14H2.500zM9 9.500h4.500V14H9z",
  redo: "M12.5 6.500h-6a3.5 3.5 0 0 0 0 7H9M10 3.500l3 3-3 3",
  repeat: "M3 7V5.500h8.500M9.5 3.500l2 2-2 2M13 9v1.500H4.500M6.5 12.500l-2-2 2-2",
  settings: "M2.5 4.500h6M11.5 4.500h2M10 3v3M2.5 11.500h2M7.5 11.500h6M6 10v3",
  skip: "M3.5 3.500v9l6-4.500zM12.5 3.500v9",
  sun: "M8 5.200a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 1 0 0-5.600M8 1.500v1.500M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1 1M11.6 11.600l1 1M12.6 3.400l-1 1M4.4 11.600l-1 1",
  system: "M2 3h12v8H2zM6 13.500h4M8 11v2.5",
  mine: "M8 2.500a5.500 5.500 0 1 1-5 3.200M2.500 2.500v3.300h3.300M8 5v3.200l2.200 1.300",
  undo: "M3.5 6.500h6a3.5 3.5 0 0 1 0 7H7M6 3.500l-3 3 3 3",
  up: "M8 12.500v-9M4 7.500l4-4 4 4",
  user: "M8 2.500a2.5 2.5 0 1 0 0 5 2.5 2.5 0 1 0 0-5M3 13.500c0-2.8 2-4.5 5-4.500s5 1.7 5 4.5",
  warning: "M8 2.5 14.5 13.500h-13zM8 6.500v3.500M8 11.800v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden>
      <path d={PATHS[name]} strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
