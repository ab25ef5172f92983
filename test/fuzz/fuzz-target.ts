/** The loop of one target: mutate an input of the corpus, run it, keep it when it has been where none was before; what breaks is made small. */
import { Edges } from './edges.js';
import { type Draw, mutated, wordsOf } from './mutate.js';
import type { FuzzTarget } from './target.js';

export interface Crash {
  readonly input: Uint8Array;
  /** what breaks: the same for the same mistake, as far as one can tell */
  readonly signature: string;
  readonly error: string;
}

export interface Fuzzed {
  readonly runs: number;
  readonly seconds: number;
  readonly edges: number;
  readonly corpus: readonly Uint8Array[];
  readonly crashes: readonly Crash[];
}

/** One run may take so long; ms */
const HANGS_MS = 10_000;
const MOST_CRASHES = 20;

let escaped: unknown;
process.on('uncaughtException', (error) => {
  escaped = error;
});
process.on('unhandledRejection', (error) => {
  escaped = error;
});

/** @returns what broke; undefined: nothing */
export async function tryInput(target: FuzzTarget, input: Uint8Array): Promise<Error | undefined> {
  escaped = undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const ran = target.run(input);
    if (ran !== undefined)
      await Promise.race([
        ran,
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`does not end within ${HANGS_MS} ms`)), HANGS_MS);
        }),
      ]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
  if (escaped === undefined) return undefined;
  return escaped instanceof Error ? escaped : new Error(`escaped: ${String(escaped)}`);
}

/** The message without what is of this input only, and the first line of the stack that is ours. */
export function signatureOf(error: Error): string {
  const [own = ''] = (error.stack ?? '').split('\n').filter((line) => /\(?src\/|\/src\/|\.mjs:/.test(line));
  const where = /([\w-]+\.(?:ts|mjs)):(\d+)/.exec(own)?.[0] ?? '';
  return `${error.name} ${error.message.replace(/"(?:[^"\\]|\\.)*"|\d+/g, '#').slice(0, 90)} ${where}`;
}

/** Pieces are taken out as long as it breaks in the same way. */
async function shrunk(target: FuzzTarget, input: Uint8Array, signature: string, until: number): Promise<Uint8Array> {
  let best = input;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < best.length && performance.now() < until; ) {
      const less = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      const error = await tryInput(target, less);
      if (error && signatureOf(error) === signature) best = less;
      else at += size;
    }
  return best;
}

export interface FuzzOptions {
  readonly until: number;
  readonly draw: Draw;
  /** kept from before */
  readonly corpus: readonly Uint8Array[];
  progress?(fuzzed: Fuzzed): void;
}

export async function fuzzTarget(
  target: FuzzTarget,
  { until, draw, corpus: kept, progress }: FuzzOptions,
): Promise<Fuzzed> {
  const edges = new Edges();
  const words = wordsOf(target);
  const corpus: Uint8Array[] = [];
  const crashes = new Map<string, Crash>();
  const start = performance.now();
  let runs = 0;
  let told = start;
  const fuzzed = (): Fuzzed => ({
    runs,
    seconds: (performance.now() - start) / 1_000,
    edges: edges.covered,
    corpus,
    crashes: [...crashes.values()],
  });
  const one = async (input: Uint8Array): Promise<void> => {
    edges.begin();
    const error = await tryInput(target, input);
    runs++;
    const isNew = edges.take();
    if (!error) {
      if (isNew) corpus.push(input);
      return;
    }
    const signature = signatureOf(error);
    if (crashes.has(signature) || crashes.size >= MOST_CRASHES) return;
    const small = await shrunk(target, input, signature, Math.min(until, performance.now() + 10_000));
    crashes.set(signature, { input: small, signature, error: error.stack ?? error.message });
  };
  for (const input of [...target.seeds, ...kept]) await one(input);
  while (performance.now() < until) {
    // The younger half of the corpus is where the new ways are.
    const from = draw(2) === 0 ? Math.floor(corpus.length / 2) : 0;
    const base = corpus[from + draw(Math.max(1, corpus.length - from))] ?? new Uint8Array();
    await one(mutated(base, corpus, words, draw));
    if (performance.now() - told < 10_000) continue;
    told = performance.now();
    progress?.(fuzzed());
  }
  return fuzzed();
}
