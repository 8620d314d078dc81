export function percent(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "–" : `${(value * 100).toFixed(digits)} %`;
}

/** A figure that is no share, with as many digits as tell it from another. */
export function decimal(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 1000 ? 1 : 0);
}

/** A difference of shares, in points with its sign. */
export function points(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value * 100).toFixed(1)}`;
}

/** The same of figures that are no shares. */
export function signed(value: number): string {
  return Number.isNaN(value) ? "–" : `${value >= 0 ? "+" : "−"}${decimal(Math.abs(value))}`;
}

export function when(iso: string | null | undefined): string {
  return iso ? new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "–";
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** A place in a video: `0:03`, `1:02:03.5`. */
export function clock(seconds: number): string {
  const all = Math.round(seconds * 1000);
  const [hours, minutes] = [Math.floor(all / 3_600_000), Math.floor(all / 60_000) % 60];
  const two = (value: number) => (value < 10 ? `0${value}` : String(value));
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two((all % 60_000) / 1000)}`;
}

/** A count with its noun: `1 image`, `3 images`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

/** The registry's name of a model, as people read it. */
export function modelName(version: { model: string; number: number }): string {
  return `${version.model.replaceAll("_", "-")} ${version.number}`;
}

/** A count, its thousands set apart. By hand: the browser's own way takes 30 ms when it is first asked. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes as people read them: `12 kB`, `1.4 GB`. */
export function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  let [value, n] = [bytes, 0];
  while (value >= 1000 && n < units.length - 1) [value, n] = [value / 1000, n + 1];
  return `${n && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[n]}`;
}
