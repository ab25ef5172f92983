import type { ClusterChange, NewCluster } from '../../api/schemas.js';

/** What somebody wants of a cache cluster. */
export type ClusterWish =
  | { readonly kind: 'create'; readonly cluster: NewCluster }
  | {
      readonly kind: 'change';
      readonly clusterName: string;
      /** of what was seen: if it is another one by now, the API refuses */
      readonly version: string;
      readonly fields: ClusterChange;
    }
  | { readonly kind: 'delete'; readonly clusterName: string; readonly version: string };

export const pathOf = (clusterName: string): string => `/v1/clusters/${encodeURIComponent(clusterName)}`;

export const fieldsSent = (wish: ClusterWish): readonly string[] =>
  wish.kind === 'change' ? Object.keys(wish.fields) : [];
