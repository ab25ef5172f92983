import { existsSync } from 'node:fs';
import type { FarmFrame } from '../farm/model.js';
import { ENV, NAME } from '../farm/words.js';
import { CliError } from './cli-error.js';

export interface Waiting {
  /** ms */
  readonly timeoutMs: number;
  say(line: string): void;
  /** ms on a steady clock */
  now(): number;
  wait(ms: number): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
const SAY_EVERY_MS = 60_000;

/**
 * What a pod of ours lacks to see the whole farm; undefined: nothing. The manifests name the file by KUBECONFIG, and mount the Secret as
 * optional, since a farm of one KubeCluster has none.
 */
export function missingKubeconfig(frame: FarmFrame, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const inPod = env[ENV.farm] !== undefined;
  if (!inPod || frame.datacenters.length < 2 || !env.KUBECONFIG || existsSync(env.KUBECONFIG)) return undefined;
  const contexts = frame.datacenters.map(({ context }) => context).join(', ');
  const own = env[ENV.datacenter] ?? 'its own';
  return [
    `Secret ${NAME.kubeconfig} is not there: the farm has ${frame.datacenters.length} KubeClusters, and without it this pod sees that of ${own} only.`,
    `Make it in this KubeCluster, with a kubeconfig that has the contexts ${contexts}:`,
    `  kubectl -n ${frame.namespace} create secret generic ${NAME.kubeconfig} --from-file=config=<kubeconfig>`,
  ].join('\n');
}

/**
 * Waits for the Secret: the kubelet mounts it into the running pod within about a minute of its making.
 * @throws CliError that names it and says how to make it, after timeoutMs
 */
export async function awaitKubeconfig(frame: FarmFrame, env: NodeJS.ProcessEnv, waiting: Waiting): Promise<void> {
  const start = waiting.now();
  let saidAt = Number.NEGATIVE_INFINITY;
  for (let missing = missingKubeconfig(frame, env); missing !== undefined; missing = missingKubeconfig(frame, env)) {
    const waited = waiting.now() - start;
    if (waited >= waiting.timeoutMs) throw new CliError(missing);
    if (waited - saidAt >= SAY_EVERY_MS) {
      const first = saidAt === Number.NEGATIVE_INFINITY;
      saidAt = waited;
      waiting.say(
        first
          ? `${missing}\nWaiting for it; Kubernetes mounts it within about a minute, and this pod goes on by itself.`
          : `still waiting for Secret ${NAME.kubeconfig}, ${Math.round(waited / 1_000)} s now`,
      );
    }
    await waiting.wait(LOOK_EVERY_MS);
  }
  if (saidAt !== Number.NEGATIVE_INFINITY) waiting.say(`Secret ${NAME.kubeconfig} is there: going on`);
}
