/** A kind of thing `cachefarm get` lists: its columns for a person, its whole record for a program. */
export interface Listing {
  /** singular, as `-o name` prints it before the slash */
  readonly kind: string;
  readonly columns: readonly string[];
  /** more columns of `-o wide` */
  readonly wide: readonly string[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly name: string;
  /** one cell a column, then one a wide column */
  readonly cells: readonly string[];
  /** what -o json and -o yaml print */
  readonly record: Readonly<Record<string, unknown>>;
}
