/** Who else says what a CacheCluster is: then a change made here would be taken back. */
import { record } from '../farm/loose.js';
import { type DeclaredObject, FIELD_MANAGER } from './kube-port.js';

const TRACKING_ID = 'argocd.argoproj.io/tracking-id';

/** `Argo CD application farm`, `field manager kubectl-edit`; undefined when it is ours. */
export function foreignOwner({ metadata }: DeclaredObject): string | undefined {
  const tracked = metadata.annotations?.[TRACKING_ID];
  if (tracked !== undefined) return `Argo CD application ${tracked.split(':')[0]}`;
  const other = metadata.managedFields?.find(
    ({ manager, fieldsV1 }) => manager !== FIELD_MANAGER && record(fieldsV1)['f:spec'] !== undefined,
  );
  return other && `field manager ${other.manager ?? '(unnamed)'}`;
}

/** Keys of labels or annotations that this program wrote before: left out of the next apply they would be taken away. */
export function ownKeys({ metadata }: DeclaredObject, map: 'labels' | 'annotations'): ReadonlySet<string> {
  const own = (metadata.managedFields ?? []).filter(({ manager }) => manager === FIELD_MANAGER);
  return new Set(
    own.flatMap(({ fieldsV1 }) =>
      Object.keys(record(record(record(fieldsV1)['f:metadata'])[`f:${map}`])).map((key) => key.replace(/^f:/, '')),
    ),
  );
}
