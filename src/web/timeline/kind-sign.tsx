import type { ReactNode } from 'react';
import type { FilterKind } from './filters.js';

/** A shape for each kind beside its colour. */
const SIGN: Readonly<Record<FilterKind, string>> = {
  recovery: '↻',
  move: '⇄',
  brake: '‖',
  change: '±',
  operator: '◦',
  error: '✕',
};

export const KindSign = ({ kind }: { readonly kind: FilterKind }): ReactNode => (
  <span className="kind-sign" data-kind={kind} aria-hidden="true">
    {SIGN[kind]}
  </span>
);
