import { stringify } from 'yaml';
import type { Listing } from './row.js';

export const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Output = (typeof OUTPUTS)[number];

/** Left-aligned columns, three spaces between, as kubectl prints them. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** @returns text with a newline at its end, or nothing for an empty list of names */
export function formatListing(listing: Listing, output: Output, headers = true): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify(
        listing.rows.map((row) => row.record),
        null,
        2,
      )}\n`;
    case 'yaml':
      return stringify(listing.rows.map((row) => row.record));
    case 'name':
      return listing.rows.map((row) => `${listing.kind}/${row.name}\n`).join('');
    default: {
      const columns = output === 'wide' ? [...listing.columns, ...listing.wide] : listing.columns;
      const rows = listing.rows.map((row) => row.cells.slice(0, columns.length));
      return `${formatTable(headers ? [columns, ...rows] : rows)}\n`;
    }
  }
}
