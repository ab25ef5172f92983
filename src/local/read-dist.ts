/** dist/<datacenter>/*.yaml and dist/all/*.yaml -> what each KubeCluster holds. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { record, records, strings } from '../farm/loose.js';
import type { Datacenter, FarmFrame } from '../farm/model.js';
import { DOMAIN, NAME } from '../farm/words.js';
import type { KubeCacheCluster } from '../world/kube.js';
import type { Deployment, Job, KeyedText, ObjectMeta, PriorityClass, Service, StatefulSet } from './manifest.js';

/** Everything that one KubeCluster was given, as far as the embedded farm knows the kinds. */
export interface KubeManifests {
  readonly datacenter: Datacenter;
  readonly frame: FarmFrame;
  readonly sets: readonly StatefulSet[];
  readonly deployments: readonly Deployment[];
  readonly jobs: readonly Job[];
  readonly services: readonly Service[];
  /** PriorityClass -> value */
  readonly priorities: ReadonlyMap<string, number>;
  readonly configMaps: ReadonlyMap<string, KeyedText>;
  readonly secrets: ReadonlyMap<string, KeyedText>;
  readonly cacheClusters: readonly KubeCacheCluster[];
  /** openAPIV3Schema of CacheCluster; undefined when no CRD is among the manifests */
  readonly cacheClusterSchema?: unknown;
}

interface KubeObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The folder does not hold what `cdk8s synth` writes. */
export class UnreadableManifests extends Error {
  override readonly name = 'UnreadableManifests';
}

async function readObjects(folder: string): Promise<readonly KubeObject[]> {
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text, index) => parseObjects(text, join(folder, files[index] ?? '')));
}

function readValue(document: ReturnType<typeof parseAllDocuments>[number], file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias that leads nowhere, or to far too much.
    throw new UnreadableManifests(`${file}: ${(error as Error).message}`);
  }
}

function parseObjects(text: string, file: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const error = document.errors[0];
    if (error) throw new UnreadableManifests(`${file}: ${error.message}`);
    const object = readValue(document, file) as KubeObject | null;
    if (object === null) return [];
    if (typeof object.kind !== 'string' || typeof object.metadata?.name !== 'string')
      throw new UnreadableManifests(`${file}: a document without kind or metadata.name`);
    return [object];
  });
}

const ofKind = <T extends { readonly metadata: ObjectMeta }>(
  objects: readonly KubeObject[],
  kind: string,
): readonly T[] =>
  (objects.filter((object) => object.kind === kind) as unknown as T[]).sort((x, y) =>
    x.metadata.name < y.metadata.name ? -1 : 1,
  );

interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

const byName = (
  objects: readonly DataObject[],
  text: (object: DataObject) => KeyedText,
): ReadonlyMap<string, KeyedText> => new Map(objects.map((object) => [object.metadata.name, text(object)]));

const configMapText = (object: DataObject): KeyedText => new Map(Object.entries(strings(object.data)));
const secretText = (object: DataObject): KeyedText =>
  new Map([
    ...Object.entries(strings(object.data)).map(([key, value]): [string, string] => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
    ...Object.entries(strings(object.stringData)),
  ]);

interface CrdObject extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema?: { readonly openAPIV3Schema?: unknown } }[];
  };
}

const schemaOf = (objects: readonly KubeObject[]): unknown =>
  ofKind<CrdObject>(objects, 'CustomResourceDefinition').find(
    ({ spec }) => spec?.group === DOMAIN && spec.names?.kind === 'CacheCluster',
  )?.spec.versions?.[0]?.schema?.openAPIV3Schema;

function readFrame(configMaps: ReadonlyMap<string, KeyedText>, folder: string): FarmFrame {
  const json = configMaps.get(NAME.farmConfig)?.get('farm.json');
  if (json === undefined)
    throw new UnreadableManifests(
      `${folder}: no ConfigMap ${NAME.farmConfig} with farm.json; synthesize the farm first`,
    );
  try {
    return JSON.parse(json) as FarmFrame;
  } catch {
    throw new UnreadableManifests(`${folder}: farm.json of ConfigMap ${NAME.farmConfig} is no JSON`);
  }
}

async function readDatacenter(dist: string, name: string, all: readonly KubeObject[]): Promise<KubeManifests> {
  const folder = join(dist, name);
  const objects = [...(await readObjects(folder)), ...all];
  const configMaps = byName(ofKind(objects, 'ConfigMap'), configMapText);
  const frame = readFrame(configMaps, folder);
  const datacenter = (records(record(frame).datacenters) as unknown as readonly Datacenter[]).find(
    (candidate) => candidate.name === name,
  );
  if (!datacenter) throw new UnreadableManifests(`${folder}: farm ${frame.name} declares no datacenter ${name}`);
  return {
    datacenter,
    frame,
    configMaps,
    secrets: byName(ofKind(objects, 'Secret'), secretText),
    sets: ofKind(objects, 'StatefulSet'),
    deployments: ofKind(objects, 'Deployment'),
    jobs: ofKind(objects, 'Job'),
    services: ofKind(objects, 'Service'),
    priorities: new Map(ofKind<PriorityClass>(objects, 'PriorityClass').map((one) => [one.metadata.name, one.value])),
    cacheClusters: ofKind(objects, 'CacheCluster'),
    cacheClusterSchema: schemaOf(objects),
  };
}

/**
 * @param dist the folder that `cdk8s synth` writes
 * @returns one record a datacenter, in the farm's declared order
 * @throws UnreadableManifests when the folder or a file in it is not what synth writes
 */
export async function readDist(dist: string): Promise<readonly KubeManifests[]> {
  const entries = await readdir(dist, { withFileTypes: true }).catch(() => {
    throw new UnreadableManifests(`${dist}: no such folder; synthesize the farm first`);
  });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const all = folders.includes('all') ? await readObjects(join(dist, 'all')) : [];
  const names = folders.filter((name) => name !== 'all' && name !== 'argocd');
  const read = await Promise.all(names.map((name) => readDatacenter(dist, name, all)));
  const declared = read[0]?.frame.datacenters.map((datacenter) => datacenter.name) ?? [];
  const missing = declared.filter((name) => !names.includes(name));
  if (read.length === 0 || missing.length > 0)
    throw new UnreadableManifests(`${dist}: no manifests for datacenter ${missing.join(', ') || '(any)'}`);
  return [...read].sort((x, y) => declared.indexOf(x.datacenter.name) - declared.indexOf(y.datacenter.name));
}
