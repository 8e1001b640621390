/** What JSON can say. A number that JavaScript cannot hold exactly is kept as it was written (`JSON.rawJSON`). */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Of a standard newer than the types we compile against. */
interface RawJson {
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}
const raw = JSON as unknown as RawJson;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Reads JSON so that `toJson` writes the same values again, whatever the size of its numbers. Throws `SyntaxError`. */
export function parseJson(text: string): Json {
  const keep: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && JSON.stringify(value) !== source ? raw.rawJSON(source) : value;
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]) as Json;
}

/** The same text for the same value: names in order, no blanks. */
export function toJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${toJson(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** Whether `value` is an object with names, not a list, a scalar or a number kept as text. */
export function isObject(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !raw.isRawJSON(value);
}
