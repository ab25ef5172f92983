/** The HTTP API on a running operator: what it reads, whom it asks, what it may change. Loaded only where a page is served. */
import type { ApiParts, RunningApi } from '../api/parts.js';
import { startApi } from '../api/server.js';
import type { FarmFrame } from '../farm/model.js';
import type { Voice } from '../voice/index.js';
import { kubeControl } from './api-control.js';
import type { ToldSight } from './api-sight.js';
import { kubeGate, ownFirst } from './kube-gate.js';
import { writersAt } from './kube-writer.js';
import { packageVersion } from './package-version.js';
import { pageFolder } from './page-folder.js';
import { clientsOf } from './pod-clients.js';
import type { RunningOperator } from './run-operator.js';

export interface ServedOperator {
  readonly frame: FarmFrame;
  readonly operator: RunningOperator;
  readonly sight: ToldSight;
  readonly voice: Pick<Voice, 'say' | 'audit'>;
  /** the datacenter this process runs in, when it runs in a pod */
  readonly ownDatacenter: string | undefined;
}

const now = (): number => performance.now();

/** A farm that declares no page is served all the same where somebody asks for it by --web: to be read and to be changed in its cache clusters. */
const withWeb = (frame: FarmFrame, port: number): FarmFrame =>
  frame.web ? frame : { ...frame, web: { port, openReading: true, changes: 'clusters' } };

export function apiParts({ frame, operator, sight, voice, ownDatacenter }: ServedOperator): ApiParts {
  const { access, endpoints, running } = operator;
  return {
    sight,
    control: kubeControl({
      frame,
      writers: writersAt(frame, endpoints),
      sight,
      forgive: (partition) => running.barn.forgive(partition),
      clientsOf: (address) => clientsOf(access.connections, address),
      now,
    }),
    gate: kubeGate({ frame, endpoints: ownFirst(endpoints, ownDatacenter), now }),
    openReading: frame.web?.openReading ?? true,
    page: pageFolder(process.argv[1]),
    version: packageVersion(),
    now: () => Date.now(),
    audit: (record) => voice.audit({ ...record }),
    failed: (error, request) =>
      voice.say('error', `${request}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  };
}

/** @param listen where it answers, `port` 0: any that is free */
export const serveApi = (
  served: ServedOperator,
  listen: { readonly host: string; readonly port: number },
): Promise<RunningApi> => startApi(apiParts({ ...served, frame: withWeb(served.frame, listen.port) }), listen);
