import { ANNOTATION } from '../farm/words.js';
import { nodeName } from '../world/name-machines.js';
import type { DrainTarget } from './drain-impact.js';
import type { KubeWriter } from './kube-port.js';

const timeText = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

/**
 * Puts the mark on machines and pods that somebody wants empty, or takes it away.
 * @returns a line for each object that could not be marked
 */
export async function markDrain(
  targets: readonly DrainTarget[],
  writers: readonly KubeWriter[],
  undo: boolean,
  now: Date,
): Promise<readonly string[]> {
  const value = undo ? null : timeText(now);
  const results = await Promise.all(
    targets.map(async ({ datacenter, kind, name }) => {
      try {
        const writer = writers.find((one) => one.datacenter === datacenter);
        if (!writer) throw new Error('the kubeconfig has no context for it');
        await writer.annotate(kind, nodeName(name), { [ANNOTATION.drain]: value });
        return [];
      } catch (error) {
        return [`${datacenter}/${name}: ${error instanceof Error ? error.message : String(error)}`];
      }
    }),
  );
  return results.flat();
}
