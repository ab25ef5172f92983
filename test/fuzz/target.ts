/** One place where something comes in from outside. The same target is driven by fast-check (npm test) and by coverage (npm run fuzz). */
export interface FuzzTarget {
  readonly name: string;
  /** what comes in, and what must hold, in one line */
  readonly what: string;
  /** inputs that are nearly right, to begin with */
  readonly seeds: readonly Uint8Array[];
  /** words that inputs of this kind are made of; the coverage-guided run splices them in */
  readonly words?: readonly string[];
  /** @throws Broken, or whatever the code under test should have kept to itself */
  run(input: Uint8Array): void | Promise<void>;
  /** ends what it has opened */
  close?(): Promise<void> | void;
}

/** A property that does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (input: Uint8Array): string => new TextDecoder().decode(input);

/** What the work throws, when that is an error of one of these names; @throws any other */
export async function refusal(names: readonly string[], work: () => unknown): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return error;
    throw error;
  }
}

/** Named errors are for people: never a stack, never what JavaScript says when it meets the unexpected. */
export function readable(error: Error | undefined): void {
  if (error && /Cannot read propert|is not a function|is not iterable|\[object Object\]|\n {4}at /.test(error.message))
    throw new Broken(`says what no person understands: ${error.message.slice(0, 300)}`);
}
