/** Where Barn serves its page and HTTP API, and that it heals also when it cannot. */
import { isIP } from 'node:net';
import type { RunningApi } from '../api/parts.js';
import type { FarmFrame } from '../farm/model.js';
import { ENV, splitAddress } from '../farm/words.js';
import type { ServedOperator } from './api-parts.js';

/** kubectl port-forward comes by the pod's own loopback; where the pod's address is one of the machine's (an embedded farm), only there. */
function hostInPod(ip: string | undefined): string {
  if (ip?.startsWith('127.')) return ip;
  return ip !== undefined && isIP(ip) === 6 ? '::' : '0.0.0.0';
}

/**
 * @param asked by hand; @default in a pod the port that the farm declares
 * @returns `host:port`; undefined: nowhere
 */
export function pageAt(asked: string | undefined, { web }: FarmFrame, env: NodeJS.ProcessEnv): string | undefined {
  if (asked !== undefined || !web || env[ENV.farm] === undefined) return asked;
  return `${hostInPod(env[ENV.ip])}:${web.port}`;
}

/**
 * Loaded only here, and after Barn has begun: healing does not wait for a page.
 * @param byHand somebody asked for it: that it cannot be served is his to know, and no reason not to heal where the manifests ask
 * @throws Error when it cannot listen, and was asked for by hand
 */
export async function servePage(served: ServedOperator, at: string, byHand: boolean): Promise<RunningApi | undefined> {
  try {
    const { serveApi } = await import('./api-parts.js');
    const api = await serveApi(served, splitAddress(at));
    served.voice.say('info', `the page and the HTTP API answer at http://${api.address}`);
    return api;
  } catch (error) {
    if (byHand) throw error;
    served.voice.say('error', `no page at ${at}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
