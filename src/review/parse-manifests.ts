import { LineCounter, parseAllDocuments } from 'yaml';
import { record, text } from '../farm/loose.js';
import { identityOf, type KubeObject, type ManifestFile, type Manifests, UnreadableInput } from './manifests.js';

type Document = ReturnType<typeof parseAllDocuments>[number];

const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');

/** An alias that leads nowhere, or to far too much, is found only now. */
function readValue(where: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UnreadableInput(`${where}: ${(error as Error).message}`);
  }
}

function objectOf(where: string, path: string, document: Document): KubeObject | undefined {
  const [error] = document.errors;
  if (error)
    throw new UnreadableInput(
      `${where.replace(/:\d+$/, '')}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '')}`,
    );
  const value = readValue(where, document);
  const json = record(value);
  if (Object.keys(json).length === 0 && (document.contents === null || value === null)) return undefined;
  const [apiVersion, kind, metadata] = [text(json.apiVersion), text(json.kind), record(json.metadata)];
  const name = text(metadata.name);
  if (apiVersion === undefined || kind === undefined || name === undefined) {
    const missing = [!apiVersion && 'apiVersion', !kind && 'kind', !name && 'metadata.name'].filter(Boolean).join(', ');
    throw new UnreadableInput(`${where}: no Kubernetes manifest, it has no ${missing}`);
  }
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return { folder: folderOf(path), file: path, kind, group, namespace: text(metadata.namespace) ?? '', name, json };
}

function parseFile(source: string, { path, text: yaml }: ManifestFile): readonly KubeObject[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(yaml, { lineCounter: lines });
  return [...documents].flatMap((document) => {
    const start = document.contents?.range?.[0] ?? document.range[0];
    return objectOf(`${source}/${path}:${lines.linePos(start).line}`, path, document) ?? [];
  });
}

function refuseDuplicates(source: string, objects: readonly KubeObject[]): void {
  const seen = new Map<string, KubeObject>();
  for (const object of objects) {
    const earlier = seen.get(identityOf(object));
    if (earlier)
      throw new UnreadableInput(`${source}/${object.file}: ${object.kind} ${object.name} is in ${earlier.file} too`);
    seen.set(identityOf(object), object);
  }
}

const byIdentity = (a: KubeObject, b: KubeObject): number => (identityOf(a) < identityOf(b) ? -1 : 1);

/**
 * @param source how the user named it, for messages
 * @throws UnreadableInput with file and line for text that is no YAML, or no Kubernetes manifests
 */
export function parseManifests(source: string, files: readonly ManifestFile[]): Manifests {
  if (files.length === 0)
    throw new UnreadableInput(`${source}: no manifests there (no *.yaml); is it what cdk8s synth wrote?`);
  const objects = files.flatMap((file) => parseFile(source, file)).sort(byIdentity);
  refuseDuplicates(source, objects);
  return { source, objects };
}
