import { record, records, text } from '../farm/loose.js';

/** Whether a pod reads the ConfigMap or Secret, through a volume or its environment. */
export function readsConfig(podSpec: unknown, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const spec = record(podSpec);
  const volumes = records(spec.volumes).flatMap((volume) => [volume, ...records(record(volume.projected).sources)]);
  const [volumeKey, nameKey] =
    kind === 'ConfigMap' ? (['configMap', 'name'] as const) : (['secret', 'secretName'] as const);
  if (volumes.some((volume) => text(record(volume[volumeKey])[nameKey]) === name)) return true;
  const reference = kind === 'ConfigMap' ? 'configMap' : 'secret';
  return [...records(spec.containers), ...records(spec.initContainers)].some(
    (container) =>
      records(container.envFrom).some((from) => text(record(from[`${reference}Ref`]).name) === name) ||
      records(container.env).some((entry) => text(record(record(entry.valueFrom)[`${reference}KeyRef`]).name) === name),
  );
}
