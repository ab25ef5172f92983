/** Reading what other people wrote (manifests, parsed YAML): what is there, and anything of another type for absent. */

export type Loose = Readonly<Record<string, unknown>>;

export const record = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const records = (value: unknown): readonly Loose[] => list(value).map(record);

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const integer = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) ? (value as number) : undefined;

/** A map of strings (labels, selectors); entries of another type are left out. */
export const strings = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
