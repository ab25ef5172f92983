const REFUSALS = new Map<string, Error>();
const MOST = 1_000;

/** An error reply. The same few are given all the time, and an Error is dear: it looks at the stack. */
export function refusal(line: string): Error {
  let known = REFUSALS.get(line);
  if (known === undefined) {
    known = new Error(line);
    if (REFUSALS.size >= MOST) REFUSALS.clear();
    REFUSALS.set(line, known);
  }
  return known;
}
