const LONGEST = 64;
// Control, format (zero width, right to left), separator and combining characters: shown as code points, so that twins differ on screen.
const INVISIBLE = /(?! )[\p{C}\p{Z}\p{M}]/gu;

const codePoint = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

function quoteText(text: string): string {
  const shown = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const escaped = shown.replace(/["\\]/g, '\\$&').replace(INVISIBLE, codePoint);
  return text.length > LONGEST ? `"${escaped}..." (${text.length} characters)` : `"${escaped}"`;
}

/** A value as a message may show it: on one line, short, with invisible characters made visible, whatever it is. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'bigint') return `${value}n`.slice(0, LONGEST);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return String(value);
}

/** Like quote, but plain words (`6gb`, `User.id`) stand without quotation marks. */
export function show(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z0-9][\w./:@-]{0,63}$/.test(value) ? value : quote(value);
}
