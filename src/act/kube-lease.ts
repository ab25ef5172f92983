import { integer, type Loose, record, text } from '../farm/loose.js';
import { NAME } from '../farm/words.js';
import { microTime } from './kube-events.js';
import { KUBE_KIND, type KubeHand } from './kube-hand.js';

/** A Lease as it was read or written. */
export interface LeaseSeen {
  /** empty: nobody */
  readonly holder: string;
  /** leaseTransitions: rises with every holder, over all KubeClusters together (barn/election.ts) */
  readonly term: number;
  readonly durationMs: number;
  readonly version: string;
  /** all of it, for the next write */
  readonly object: Loose;
}

/** The Lease of one KubeCluster. */
export interface LeasePost {
  readonly datacenter: string;
  /** @returns undefined: nobody ever held it */
  read(): Promise<LeaseSeen | undefined>;
  /**
   * Compare and set: nothing is written when it is not as it was seen.
   * @param holder empty: given back
   * @throws KubeRefused 409 when somebody was faster, and whatever a request throws
   */
  write(holder: string, term: number, seen: LeaseSeen | undefined): Promise<LeaseSeen>;
}

export const LEASE_MS = 4_000;

function seenOf(object: Loose): LeaseSeen {
  const { holderIdentity, leaseTransitions, leaseDurationSeconds } = record(object.spec);
  return {
    holder: text(holderIdentity) ?? '',
    term: integer(leaseTransitions) ?? 0,
    durationMs: (integer(leaseDurationSeconds) ?? LEASE_MS / 1_000) * 1_000,
    version: text(record(object.metadata).resourceVersion) ?? '',
    object,
  };
}

/** The Lease of Barn in the KubeCluster of a hand; by its own name, which is all that RBAC allows. */
export function leasePost(hand: KubeHand, namespace: string, wallClock: () => number): LeasePost {
  const name = NAME.barn;
  return {
    datacenter: hand.datacenter,
    read: async () => {
      const object = await hand.get(KUBE_KIND.lease, name);
      return object && seenOf(object);
    },
    write: async (holder, term, seen) => {
      const now = microTime(wallClock());
      const before = record(seen?.object.spec);
      const spec = {
        holderIdentity: holder,
        leaseTransitions: term,
        // Given back: free for whoever comes, at once, also for those who only look at times.
        leaseDurationSeconds: holder === '' ? 1 : LEASE_MS / 1_000,
        acquireTime: before.holderIdentity === holder ? (before.acquireTime ?? now) : now,
        renewTime: now,
      };
      const { labels, annotations, resourceVersion } = record(seen?.object.metadata);
      const metadata = {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
      return seenOf(seen ? await hand.replace(KUBE_KIND.lease, name, body) : await hand.create(KUBE_KIND.lease, body));
    },
  };
}
