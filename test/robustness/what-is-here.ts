import { execFileSync } from 'node:child_process';
import { hasNamespaces } from './namespace-network.js';
import type { Need } from './scenario.js';

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function isInstalled(name: string): Promise<boolean> {
  return import(name).then(
    () => true,
    () => false,
  );
}

/** What this machine lacks of what scenarios may need, and why. */
export async function whatIsMissing(): Promise<ReadonlyMap<Need, string>> {
  const missing = new Map<Need, string>();
  if (!hasNamespaces()) {
    const why =
      'no namespaces of our own: `unshare --user --map-root-user --net --mount` is refused, or ip (iproute2) is missing';
    for (const need of ['network', 'mount', 'tc'] as const) missing.set(need, why);
  } else if (
    !works(
      'sh',
      '-c',
      'tc qdisc replace dev lo root tbf rate 1gbit burst 64kb latency 50ms && tc qdisc del dev lo root',
    )
  )
    missing.set('tc', 'the kernel has no token bucket (sch_tbf), or tc (iproute2) is missing');
  if (!(await isInstalled('redis'))) missing.set('node-redis', 'the package redis is not installed');
  return missing;
}
