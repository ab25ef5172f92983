import { httpHand } from '../act/http-hand.js';
import { KubeEvents } from '../act/kube-events.js';
import { leasePost } from '../act/kube-lease.js';
import { KubeStatus } from '../act/kube-status.js';
import type { BarnEvent } from '../barn/barn.js';
import { Election } from '../barn/election.js';
import { FarmReports } from '../barn/farm-reports.js';
import type { FarmFrame } from '../farm/model.js';
import type { Credentials } from '../observe/connections.js';
import { type KubeSight, watchEndpoints } from '../observe/kube-eyes.js';
import type { Voice } from '../voice/index.js';
import type { KubeEndpoint } from '../world/kube.js';
import { accessThrough, type FarmAccess } from './farm-access.js';
import { farmEndpoints } from './farm-endpoints.js';
import { type RunningBarn, runBarn, unheld } from './run-barn.js';

export interface OperatorOptions {
  readonly frame: FarmFrame;
  readonly credentials: Credentials;
  /** path, or several as KUBECONFIG joins them; undefined: the KubeCluster in which this process runs */
  readonly kubeconfig: string | undefined;
  /** the datacenter this process runs in, when it runs in a pod */
  readonly ownDatacenter: string | undefined;
  /** unique among all operators of the farm */
  readonly identity: string;
  readonly voice: Pick<Voice, 'told' | 'led' | 'unwritten' | 'say'>;
  /** ms between two passes; @default 1000 */
  readonly intervalMs?: number;
  /** told everything, too: what the HTTP API shows */
  readonly onlooker?: { told(event: BarnEvent): void };
}

export interface RunningOperator {
  readonly running: RunningBarn;
  readonly election: Election;
  /** the farm as it reaches it, and the KubeClusters */
  readonly access: FarmAccess;
  readonly endpoints: readonly KubeEndpoint[];
  sights(): readonly KubeSight[];
  /** lets what is under way end, gives the Leases back, closes every connection */
  stop(): Promise<void>;
}

/** ms that a request may take: renewals have to come round, what is only told may wait longer */
const LEASE_TIMEOUT_MS = 900;
const REPORT_TIMEOUT_MS = 3_000;
/** ms that the last statuses and Events have when it stops */
const LAST_WORDS_MS = 2_000;

/** Barn with all it needs in Kubernetes: watches, election, status and Events. Starts at once. @throws Error when the kubeconfig cannot be read */
export function runOperator(options: OperatorOptions): RunningOperator {
  const { frame, kubeconfig, ownDatacenter, identity, voice } = options;
  const { namespace } = frame;
  const now = (): number => performance.now();
  const wallClock = (): number => Date.now();
  const endpoints = farmEndpoints(frame, kubeconfig, ownDatacenter);
  const hands = (timeoutMs: number) => endpoints.map((endpoint) => httpHand(endpoint, namespace, timeoutMs));
  let running: RunningBarn | undefined;
  const eyes = watchEndpoints(frame, endpoints, { changed: () => running?.barn.nudge() });
  const access = accessThrough(frame, options.credentials, eyes.sources);
  const posts = hands(LEASE_TIMEOUT_MS).map((hand) => leasePost(hand, namespace, wallClock));
  const kubeClusters = frame.datacenters.length;
  if (posts.length * 2 <= kubeClusters)
    voice.say('warn', `reaches ${posts.length} of ${kubeClusters} KubeClusters, which makes no leader: it looks on`);
  const election = new Election({
    posts,
    kubeClusters,
    identity,
    now,
    wait: unheld,
    random: Math.random,
    changed: (leads, why) => {
      voice.led(leads, why);
      // A new leader looks at once; what a former one does not tell any more the next one does.
      if (leads) running?.barn.nudge();
    },
  });
  const reporting = { hands: hands(REPORT_TIMEOUT_MS), namespace, now, wallClock };
  const status = new KubeStatus({ ...reporting, failed: (place, error) => voice.unwritten(place, 'status', error) });
  const events = new KubeEvents({
    ...reporting,
    instance: identity,
    failed: (place, error) => voice.unwritten(place, 'event', error),
  });
  const reports = new FarmReports({ status, events, leads: () => election.leads, wallClock, now, wait: unheld });
  running = runBarn(access, {
    controller: 0,
    leadership: election,
    told: (event: BarnEvent) => {
      voice.told(event);
      reports.told(event);
      options.onlooker?.told(event);
    },
    looksOn: options.onlooker !== undefined,
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
  });
  const started = running;
  election.start();
  return {
    running: started,
    election,
    access,
    endpoints,
    sights: () => eyes.sights(),
    stop: async () => {
      await started.stop();
      await Promise.race([Promise.all([status.settled(), events.settled()]), unheld(LAST_WORDS_MS)]);
      // Last of all that is written: whoever leads next finds nothing under way.
      await election.stop();
      await eyes.stop();
      access.close();
    },
  };
}
