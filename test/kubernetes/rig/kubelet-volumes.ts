import { UnresolvedReference } from '../../../src/local/container-env.js';
import { downwardField, type PodFields } from '../../../src/local/downward-api.js';
import type { KeyedText, Volume } from '../../../src/local/manifest.js';
import type { VolumeFiles } from '../../../src/local/project-volumes.js';
import type { ApiVolume, ProjectedSource, TokenSource } from './pod-from-api.js';

export interface ProjectedSources {
  readonly fields: PodFields;
  readonly configMap: (name: string) => KeyedText | undefined;
  readonly secret: (name: string) => KeyedText | undefined;
  readonly token: (source: TokenSource) => Promise<string>;
}

type Entries = readonly (readonly [path: string, text: string])[];
type Items = NonNullable<Volume['configMap']>['items'];

function fieldEntries(
  items: readonly { path: string; fieldRef?: { fieldPath: string } }[],
  fields: PodFields,
): Entries {
  return items.map(({ path, fieldRef }) => {
    const value = fieldRef && downwardField(fields, fieldRef.fieldPath);
    if (value === undefined) throw new UnresolvedReference(`downward API ${path}: not emulated`);
    return [path, value] as const;
  });
}

function objectEntries(
  what: string,
  text: KeyedText | undefined,
  items: Items,
  optional: boolean | undefined,
): Entries {
  if (!text && !optional) throw new UnresolvedReference(`${what} not found`);
  if (!items) return [...(text ?? [])];
  return items.flatMap(({ key, path }) => {
    const value = text?.get(key);
    if (value === undefined && !optional) throw new UnresolvedReference(`${what} has no key ${key}`);
    return value === undefined ? [] : [[path, value] as const];
  });
}

async function sourceEntries(source: ProjectedSource, from: ProjectedSources): Promise<Entries> {
  const { serviceAccountToken, configMap, secret, downwardAPI } = source;
  if (serviceAccountToken) return [[serviceAccountToken.path, await from.token(serviceAccountToken)]];
  if (configMap)
    return objectEntries(
      `configmap ${configMap.name}`,
      from.configMap(configMap.name),
      configMap.items,
      configMap.optional,
    );
  if (secret) return objectEntries(`secret ${secret.name}`, from.secret(secret.name), secret.items, secret.optional);
  if (downwardAPI) return fieldEntries(downwardAPI.items ?? [], from.fields);
  throw new UnresolvedReference('a projected source of this kind is not emulated');
}

/**
 * Files of projected and downward-API volumes.
 * @returns undefined for other kinds
 * @throws UnresolvedReference
 */
export async function projectedFiles(volume: ApiVolume, from: ProjectedSources): Promise<VolumeFiles | undefined> {
  const { projected, downwardAPI } = volume;
  const mode = projected?.defaultMode ?? downwardAPI?.defaultMode ?? 0o644;
  if (downwardAPI) return { text: new Map(fieldEntries(downwardAPI.items ?? [], from.fields)), mode };
  if (!projected) return undefined;
  const entries = await Promise.all((projected.sources ?? []).map((source) => sourceEntries(source, from)));
  return { text: new Map(entries.flat()), mode };
}
