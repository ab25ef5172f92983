/** The environment of a container as the kubelet makes it: envFrom, then env in order, with $(VAR) expansion. Pure. */
import type { Container, EnvVar, KeyedText, KeyRef } from './manifest.js';

export interface EnvSources {
  readonly configMap: (name: string) => KeyedText | undefined;
  readonly secret: (name: string) => KeyedText | undefined;
  /** `metadata.name`, `status.hostIP`, ... -> value; undefined: not offered */
  readonly field: (path: string) => string | undefined;
}

/** A reference to a key, an object or a field that is not there: the kubelet's CreateContainerConfigError. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

/** `$(NAME)` -> its value, `$$(NAME)` -> `$(NAME)`; an unknown name stays as it is written. */
export const expandVariables = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (variables.get(name) ?? whole),
  );

function keyValue(kind: string, ref: KeyRef, text: KeyedText | undefined): string | undefined {
  const value = text?.get(ref.key);
  if (value === undefined && !ref.optional)
    throw new UnresolvedReference(`${kind} ${ref.name} ${text ? `has no key ${ref.key}` : 'not found'}`);
  return value;
}

function fieldValue(path: string, sources: EnvSources): string {
  const value = sources.field(path);
  if (value === undefined) throw new UnresolvedReference(`fieldRef ${path} is not emulated`);
  return value;
}

function variableValue(variable: EnvVar, known: ReadonlyMap<string, string>, sources: EnvSources): string | undefined {
  const from = variable.valueFrom;
  if (!from) return expandVariables(variable.value ?? '', known);
  if (from.fieldRef) return fieldValue(from.fieldRef.fieldPath, sources);
  if (from.secretKeyRef) return keyValue('secret', from.secretKeyRef, sources.secret(from.secretKeyRef.name));
  if (from.configMapKeyRef)
    return keyValue('configmap', from.configMapKeyRef, sources.configMap(from.configMapKeyRef.name));
  throw new UnresolvedReference(`env ${variable.name}: this kind of valueFrom is not emulated`);
}

function fromObjects(container: Container, sources: EnvSources): [string, string][] {
  return (container.envFrom ?? []).flatMap((from) => {
    const ref = from.configMapRef ?? from.secretRef;
    if (!ref) return [];
    const text = from.configMapRef ? sources.configMap(ref.name) : sources.secret(ref.name);
    if (!text && !ref.optional)
      throw new UnresolvedReference(`${from.configMapRef ? 'configmap' : 'secret'} ${ref.name} not found`);
    return [...(text ?? [])].map(([key, value]): [string, string] => [`${from.prefix ?? ''}${key}`, value]);
  });
}

/** @throws UnresolvedReference */
export function containerEnv(container: Container, sources: EnvSources): ReadonlyMap<string, string> {
  const variables = new Map<string, string>(fromObjects(container, sources));
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, variables, sources);
    if (value !== undefined) variables.set(variable.name, value);
  }
  return variables;
}
