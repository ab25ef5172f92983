/** Annotations that Argo CD reads; without Argo CD they mean nothing and do no harm. */

const ARGO = 'argocd.argoproj.io';

/** Order of a sync. A wave waits until all of it is healthy, so the pools come late. */
export const WAVE = {
  definitions: -3,
  foundations: -2,
  sentinels: -1,
  pools: 0,
  // Together: a cache cluster that is Degraded fails its wave, and must not keep back the Barn that would heal it.
  barn: 1,
  cacheClusters: 1,
} as const;

export const syncWave = (wave: number): Record<string, string> => ({ [`${ARGO}/sync-wave`]: String(wave) });

/** A mistaken deletion in TypeScript must not drop a pool: neither pruning nor the deletion of the Application removes it. */
export const keepAlways = (): Record<string, string> => ({ [`${ARGO}/sync-options`]: 'Prune=false,Delete=false' });

/** Server-side apply: a CRD outgrows the 262,144 bytes of the last-applied annotation, a shared ConfigMap has other owners. */
export const serverSideApply = (...more: readonly string[]): Record<string, string> => ({
  [`${ARGO}/sync-options`]: ['ServerSideApply=true', ...more].join(','),
});

/** Runs after everything is healthy; the finished Job stays readable until the next sync makes a new one. */
export const postSyncHook = (): Record<string, string> => ({
  [`${ARGO}/hook`]: 'PostSync',
  [`${ARGO}/hook-delete-policy`]: 'BeforeHookCreation',
});
