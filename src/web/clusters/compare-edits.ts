import { CHANGEABLE, type ChangeableField, type ClusterValues } from './cluster-values.js';

/** A field that somebody else changed while a form was open, or that both did. */
export interface EditedField {
  readonly field: ChangeableField;
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
  /** both changed it, to different values */
  readonly clash: boolean;
}

/** @param base what the form began with @param theirs what is declared now */
export function compareEdits(base: ClusterValues, mine: ClusterValues, theirs: ClusterValues): readonly EditedField[] {
  return CHANGEABLE.flatMap((field) => {
    const [was, my, their] = [base[field].trim(), mine[field].trim(), theirs[field].trim()];
    if (was === my && was === their) return [];
    const clash = was !== my && was !== their && my !== their;
    return [{ field, base: was, mine: my, theirs: their, clash }];
  });
}

/** My change on the newest: where I changed nothing, theirs holds. */
export function rebase(base: ClusterValues, mine: ClusterValues, theirs: ClusterValues): ClusterValues {
  const mineOf = Object.fromEntries(
    CHANGEABLE.filter((field) => base[field].trim() !== mine[field].trim()).map((field) => [field, mine[field]]),
  );
  return { ...theirs, ...mineOf };
}
