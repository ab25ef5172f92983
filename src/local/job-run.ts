import { setTimeout as delay } from 'node:timers/promises';
import type { KubeCluster } from './kube-cluster.js';
import type { Job } from './manifest.js';
import { jobPod } from './new-pod.js';
import type { Pod } from './pod.js';

export interface JobResult {
  readonly succeeded: boolean;
  /** why it failed: `BackoffLimitExceeded`, `DeadlineExceeded` */
  readonly reason?: string;
  /** output of its last pod */
  readonly log: string;
}

/** the first wait of the Job controller between failed pods, doubled each time; the farm's back-off base stands for 10 s */
const jobBackOff = (attempt: number, baseMs: number): number => Math.min(baseMs * 2 ** attempt, 360_000);

const podLog = (pod: Pod): string => pod.containers.map((container) => container.log.text()).join('');

/** Hook-delete-policy BeforeHookCreation: what an earlier run left. */
async function clearEarlier(cluster: KubeCluster, job: Job): Promise<void> {
  const owned = [...cluster.pods.values()].filter(
    ({ birth }) => birth.owner.kind === 'Job' && birth.owner.name === job.metadata.name,
  );
  await Promise.all(owned.map((pod) => cluster.remove(pod, true)));
}

/**
 * With restartPolicy OnFailure the pod itself is tried again, and its restarts count.
 * @throws Error when the farm is stopped: a pod that had not begun would never complete
 */
async function outcome(pod: Pod, limit: number, stopped: AbortSignal, pollMs = 50): Promise<boolean> {
  const tooMany = (): boolean => pod.containers.some((container) => container.run.restartCount > limit);
  let poll: NodeJS.Timeout | undefined;
  const exceeded = new Promise<false>((resolve) => {
    poll = setInterval(() => (stopped.aborted || tooMany()) && resolve(false), pollMs);
  });
  const succeeded = await Promise.race([pod.completed.then((phase) => phase === 'Succeeded'), exceeded]);
  clearInterval(poll);
  if (!succeeded && stopped.aborted) throw new Error('the farm is stopped');
  if (!succeeded) await pod.fail();
  return succeeded;
}

async function pause(ms: number, until: readonly AbortSignal[]): Promise<void> {
  await delay(ms, undefined, { signal: AbortSignal.any([...until]) }).catch(() => undefined);
}

/**
 * Stand-in for the Job controller: pods one after the other until one succeeds, backoffLimit is exceeded or the deadline passes.
 * @throws Error when the farm is stopped meanwhile
 */
export async function runJob(cluster: KubeCluster, job: Job): Promise<JobResult> {
  await clearEarlier(cluster, job);
  const { backoffLimit = 6, activeDeadlineSeconds, template } = job.spec;
  const inPlace = template.spec.restartPolicy === 'OnFailure';
  let pod: Pod | undefined;
  const late = new AbortController();
  const timer =
    activeDeadlineSeconds === undefined
      ? undefined
      : setTimeout(() => {
          late.abort();
          pod?.fail().catch(() => undefined);
        }, activeDeadlineSeconds * 1000);
  try {
    for (let attempt = 0; ; attempt++) {
      pod = cluster.add(jobPod(job, attempt));
      if (await outcome(pod, backoffLimit, cluster.stopped)) return { succeeded: true, log: podLog(pod) };
      const failed = { succeeded: false, log: podLog(pod) };
      if (!late.signal.aborted && (inPlace || attempt >= backoffLimit))
        return { ...failed, reason: 'BackoffLimitExceeded' };
      await pause(jobBackOff(attempt, cluster.around.backOff.baseMs), [late.signal, cluster.stopped]);
      if (late.signal.aborted) return { ...failed, reason: 'DeadlineExceeded' };
    }
  } finally {
    clearTimeout(timer);
  }
}
