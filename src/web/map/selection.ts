/** What is picked on the map, as it stands in the address: one of ?pod= ?machine= ?datacenter= */

export interface Pick {
  readonly kind: 'pod' | 'machine' | 'datacenter';
  readonly name: string;
}

const KINDS = ['pod', 'machine', 'datacenter'] as const;

export function pickOf(query: URLSearchParams): Pick | undefined {
  for (const kind of KINDS) {
    const name = query.get(kind);
    if (name !== null && name !== '') return { kind, name };
  }
  return undefined;
}

/** For setQuery: picking one thing lets go of the others. */
export const pickQuery = (pick: Pick | undefined): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(KINDS.map((kind) => [kind, pick?.kind === kind ? pick.name : undefined]));
