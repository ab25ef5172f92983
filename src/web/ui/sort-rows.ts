/** Order of a table's rows. */

export type SortValue = string | number | boolean | null | undefined;
export interface SortBy {
  readonly column: string;
  readonly down: boolean;
}

/** Made once: comparing by localeCompare makes one each time. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const compare = (a: SortValue, b: SortValue): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : BY_NUMBER.compare(String(a), String(b));

const isNothing = (value: SortValue): boolean => value === null || value === undefined || Number.isNaN(value);

/** Stable; what is not known comes last, up or down. */
export function sortRows<R>(rows: readonly R[], valueIn: (row: R) => SortValue, down: boolean): readonly R[] {
  return rows
    .map((row) => ({ row, value: valueIn(row) }))
    .sort((a, b) => {
      if (isNothing(a.value) || isNothing(b.value)) return Number(isNothing(a.value)) - Number(isNothing(b.value));
      return down ? compare(b.value, a.value) : compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

/** Every word of it is found somewhere in the row. */
export function matches(text: string, wanted: string): boolean {
  const lower = text.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
