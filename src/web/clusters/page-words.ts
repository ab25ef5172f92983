import type { Problem } from '../../api/schemas.js';
import type { WordKey } from '../words/all.js';
import { FIELDS, type Field } from './cluster-values.js';

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

/** `clusterSize 50 needs ...` as the page calls it: `Size 50 needs ...` */
export function inPageWords(message: string, t: (key: WordKey) => string): string {
  return message.replaceAll(/[A-Za-z]+/g, (word) => {
    if (word === 'clusterSize' || word === 'partitionSize') return t(`clusters.column.${word}`);
    // names that are plain words too (tier, standbys, hash) stay as they are
    return /[A-Z]/.test(word) && isField(word) ? t(`clusters.field.${word}`) : word;
  });
}

type Errors = NonNullable<Problem['errors']>;

/** What a problem says of other fields than those. */
export const errorsBeyond = ({ errors = [] }: Problem, fields: readonly string[]): Errors =>
  errors.filter(({ field }) => !fields.includes(field));
