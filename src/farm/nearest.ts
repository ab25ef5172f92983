import { show } from './quote.js';

/** Levenshtein distance. Source: Wagner and Fischer 1974, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word that `word` most likely was meant to be: at most a third of it differs, upper and lower case apart. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    if (candidate.length > 100) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (edits <= allowed && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { candidate, edits };
  }
  return best?.candidate;
}

const LISTED = 8;

/** `did you mean "replicas"? ` where something is near, then what there is: `known: a, b, c`. */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  const rest = known.length > LISTED ? `, ... (${known.length})` : '';
  const list = known.length === 0 ? 'there is none' : `there is ${known.slice(0, LISTED).map(show).join(', ')}${rest}`;
  return near === undefined ? list : `did you mean ${show(near)}? ${list}`;
}
