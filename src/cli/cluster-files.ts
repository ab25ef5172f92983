/** Files of `cachefarm apply`: YAML or JSON documents, each a CacheCluster object or the bare record -> wishes. */
import { readFile } from 'node:fs/promises';
import { LineCounter, parseAllDocuments } from 'yaml';
import { type Loose, record, strings, text } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { show } from '../farm/quote.js';
import { DOMAIN, kubernetesName } from '../farm/words.js';
import { CliError } from './cli-error.js';
import type { Wish } from './declared-change.js';

export interface NamedText {
  /** as a message names it */
  readonly name: string;
  readonly text: string;
}

type Read = { readonly wish: Wish } | { readonly problem: string };

const API_VERSION = `${DOMAIN}/v1alpha1`;

async function readStdin(stdin: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** @param names paths; `-` is stdin, once @throws CliError */
export async function readFiles(names: readonly string[], stdin: NodeJS.ReadableStream): Promise<readonly NamedText[]> {
  if (names.filter((name) => name === '-').length > 1)
    throw new CliError('-f - is given twice: stdin can be read once', 2);
  const texts: NamedText[] = [];
  for (const name of names) {
    try {
      texts.push(
        name === '-' ? { name: 'stdin', text: await readStdin(stdin) } : { name, text: await readFile(name, 'utf8') },
      );
    } catch (error) {
      throw new CliError(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return texts;
}

/** What is wrong with the envelope of a CacheCluster object; its spec is checked with the whole farm. */
function envelopeProblem(object: Loose, namespace: string): string | undefined {
  const { kind, apiVersion, metadata, spec } = object;
  if (kind !== 'CacheCluster') return `kind ${show(kind)} is none of ours; only CacheCluster can be applied here`;
  if (apiVersion !== API_VERSION) return `apiVersion ${show(apiVersion)} is not ${API_VERSION}`;
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return 'spec is missing';
  const name = text(record(spec).clusterName);
  const { name: objectName, namespace: objectNamespace } = record(metadata);
  if (name !== undefined && objectName !== undefined && objectName !== kubernetesName(name))
    return `metadata.name ${show(objectName)} must be ${kubernetesName(name)}, as clusterName is ${show(name)}`;
  if (objectNamespace !== undefined && objectNamespace !== namespace)
    return `metadata.namespace ${show(objectNamespace)} is not the farm's, which is ${namespace}`;
  return undefined;
}

function wishOf(value: unknown, namespace: string): Read {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'expected a CacheCluster object or a record with clusterName and clusterSize' };
  const object = value as Loose;
  const isObject = 'kind' in object || 'apiVersion' in object || 'metadata' in object;
  const problem = isObject ? envelopeProblem(object, namespace) : undefined;
  if (problem !== undefined) return { problem };
  const { clusterName, ...fields } = isObject ? record(object.spec) : object;
  if (clusterName === undefined || clusterName === null)
    return { problem: 'clusterName is missing; it must be text, e.g. User.id' };
  if (typeof clusterName !== 'string')
    return { problem: `clusterName must be text, e.g. User.id; ${show(clusterName)} is none` };
  const { labels, annotations } = record(object.metadata);
  const marks = isObject ? { labels: strings(labels), annotations: strings(annotations) } : {};
  return { wish: { kind: 'put', clusterName, fields, ...marks } };
}

function readDocuments({ name, text: content }: NamedText, namespace: string): readonly Read[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(content, { lineCounter, logLevel: 'error' });
  const line = (offset: number): string => `${name}:${lineCounter.linePos(offset).line}`;
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document): readonly Read[] => {
    const [error] = document.errors;
    if (error)
      return [
        {
          problem: `${line(error.pos[0])}: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '')}`,
        },
      ];
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (failure) {
      return [{ problem: `${line(document.range[0])}: ${(failure as Error).message}` }];
    }
    if (value === null) return [];
    const start = document.contents?.range?.[0] ?? document.range[0];
    const read = wishOf(value, namespace);
    return ['problem' in read ? { problem: `${line(start)}: ${read.problem}` } : read];
  });
}

/**
 * @returns a wish a document, empty documents left out
 * @throws CliError with every unreadable document at once, each with its line
 */
export function readWishes(frame: FarmFrame, texts: readonly NamedText[]): readonly Wish[] {
  const read = texts.flatMap((one) => readDocuments(one, frame.namespace));
  const problems = read.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0)
    throw new CliError(['nothing was changed:', ...problems.map((one) => `  ${one}`)].join('\n'));
  const wishes = read.flatMap((one) => ('wish' in one ? [one.wish] : []));
  if (wishes.length === 0) throw new CliError(`${texts.map(({ name }) => name).join(', ')}: no CacheCluster in it`);
  return wishes;
}
