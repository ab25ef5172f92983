import { join } from 'node:path';

/** Objects of a running rig: `CACHEFARM_RECORD=1 npm run e2e -- gitops` records them anew. */
export const RECORDED = join(import.meta.dirname, '../recorded');

/** What Argo CD has to say of each, with the health checks that we ship; their times are long past. */
export const RECORDED_HEALTH: Readonly<Record<string, readonly [status: string, message: RegExp]>> = {
  'statefulset-new': ['Progressing', /^waiting for the StatefulSet controller to see the change$/],
  'statefulset-progressing': ['Progressing', /^[0-2] of 4 pods are ready$/],
  'statefulset-healthy': ['Healthy', /^$/],
  'statefulset-missing-pods': ['Healthy', /^1 of 4 pods are missing$/],
  'statefulset-old-pods': ['Healthy', /^4 of 4 pods run an old template until they are deleted$/],
  'cachecluster-new': ['Healthy', /^declared; not seen by Barn yet$/],
  'cachecluster-progressing': ['Progressing', /^\d of 6 partitions serve/],
  'cachecluster-ready': ['Healthy', /^6 of 6 partitions serve/],
  'cachecluster-degraded': ['Degraded', /./],
};
