import type { Probe } from './manifest.js';

/** first wait between probes of a container that has not yet passed, ms; doubles up to the probe's own period */
const EAGER_MS = 50;

export interface ProbeLoop {
  readonly probe: Probe;
  readonly run: () => Promise<boolean>;
  /** ask more often than the period says until it passes: a farm on one machine does not wait for a real kubelet's clock */
  readonly eager: boolean;
  /** called whenever enough results in a row say something new */
  readonly verdict: (passes: boolean) => void;
}

/**
 * Probes again and again, with Kubernetes' thresholds.
 * @returns the function that ends it
 */
export function startProbeLoop({ probe, run, eager, verdict }: ProbeLoop): () => void {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let eagerMs = EAGER_MS;
  let known: boolean | undefined;
  let inARow = { passes: false, count: 0 };
  const again = (ms: number): void => {
    if (!stopped) timer = setTimeout(() => step(), ms);
  };
  const step = async (): Promise<void> => {
    const passes = await run();
    if (stopped) return;
    inARow = { passes, count: inARow.passes === passes ? inARow.count + 1 : 1 };
    const needed = passes ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (inARow.count >= needed && known !== passes) {
      known = passes;
      verdict(passes);
    }
    eagerMs = Math.min(2 * eagerMs, periodMs);
    again(known || !eager ? periodMs : eagerMs);
  };
  again((probe.initialDelaySeconds ?? 0) * 1000);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
