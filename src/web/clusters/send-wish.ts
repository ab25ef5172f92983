import type { Change } from '../../api/schemas.js';
import { type SendOptions, send } from '../request.js';
import { type ClusterWish, pathOf } from './cluster-wish.js';

/** @throws ProblemError */
export function sendWish(wish: ClusterWish, options: Omit<SendOptions, 'ifMatch'>): Promise<Change> {
  switch (wish.kind) {
    case 'create':
      return send<Change>('POST', '/v1/clusters', wish.cluster, options);
    case 'change':
      return send<Change>('PATCH', pathOf(wish.clusterName), wish.fields, { ...options, ifMatch: wish.version });
    case 'delete':
      return send<Change>('DELETE', pathOf(wish.clusterName), undefined, { ...options, ifMatch: wish.version });
  }
}
