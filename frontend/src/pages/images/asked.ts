/** What a list of images is asked for, as the page's address says it. */

export type Attributes = ReadonlyMap<string, string>;

/** With `name` set to `value`, or without it. */
export function asking(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value) next.set(name, value);
  else next.delete(name);
  return next;
}

/** {attribute: what is asked of it}; a name holds no colon. */
export function attributesAsked(params: URLSearchParams): Attributes {
  const said = params.getAll("attr").filter((one) => one.includes(":"));
  return new Map(said.map((one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 1)]));
}

export function askingAttribute(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const all = new Map(attributesAsked(params));
  if (value) all.set(name, value);
  else all.delete(name);
  const next = new URLSearchParams(params);
  next.delete("attr");
  all.forEach((wanted, attribute) => next.append("attr", `${attribute}:${wanted}`));
  return next;
}

const BOUND = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?";
const RANGE = new RegExp(`^(?:${BOUND})?\\.\\.(?:${BOUND})?$`);

/** What finds the images whose attribute `name` has this value, or null where that cannot be asked for. */
export function attributeWanted(name: string, value: unknown): string | null {
  const exact = typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value);
  if (!["string", "number", "boolean"].includes(typeof value) || !exact) return null;
  const wanted = String(value);
  const asks = name && name.length <= 100 && wanted && wanted.length <= 200 && !RANGE.test(wanted);
  return asks && !name.includes(":") && !`${name}${wanted}`.includes("\0") ? wanted : null;
}

/** The bounds of `min..max`, either of which may be open. */
export function bounds(range: string): [string, string] {
  const at = range.indexOf("..");
  return at < 0 ? [range, range] : [range.slice(0, at), range.slice(at + 2)];
}

export function range(min: string, max: string): string {
  return min || max ? `${min}..${max}` : "";
}

/** As the API takes them: each once, attributes any number of times. */
export function asQuery(params: URLSearchParams): Record<string, string | string[]> {
  const attr = params.getAll("attr");
  return { ...Object.fromEntries(params), ...(attr.length && { attr }) };
}
