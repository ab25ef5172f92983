/** Moving through a grid by keyboard (ARIA Authoring Practices, data grid). */

export interface Place {
  readonly row: number;
  /** 0: the machine itself */
  readonly column: number;
}
export interface Extent {
  readonly rows: number;
  readonly columns: number;
}
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
}

const PAGE = 10;
const within = (value: number, size: number): number => Math.max(0, Math.min(size - 1, value));

/** @returns undefined: it is no key of the grid */
export function movePlace(
  { row, column }: Place,
  { key, ctrlKey }: Stroke,
  { rows, columns }: Extent,
): Place | undefined {
  const at = (nextRow: number, nextColumn: number): Place => ({
    row: within(nextRow, rows),
    column: within(nextColumn, columns),
  });
  switch (key) {
    case 'ArrowUp':
      return at(row - 1, column);
    case 'ArrowDown':
      return at(row + 1, column);
    case 'ArrowLeft':
      return at(row, column - 1);
    case 'ArrowRight':
      return at(row, column + 1);
    case 'Home':
      return at(ctrlKey ? 0 : row, 0);
    case 'End':
      return at(ctrlKey ? rows - 1 : row, columns - 1);
    case 'PageUp':
      return at(row - PAGE, column);
    case 'PageDown':
      return at(row + PAGE, column);
    default:
      return undefined;
  }
}
