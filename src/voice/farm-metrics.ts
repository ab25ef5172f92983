import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Action } from '../plan/action.js';
import type { Receipt } from '../plan/receipt.js';
import type { DecidedEvent, EndedEvent, PassEvent } from './barn-events.js';
import { farmSamples, PASS_GAUGES } from './farm-samples.js';
import { METRIC_NAMES, type MetricName, metricNamed } from './metric-list.js';
import { ACTS } from './reason-roles.js';
import { CAUSES, recoveryOf } from './recovery.js';

/** Each kind and status is there from the start: a rate over a series that is not there yet misses its first event. */
const ACTION_KINDS: Readonly<Record<Action['kind'], true>> = {
  'claim-pod': true,
  'open-pod': true,
  'release-pod': true,
  'set-min-replicas': true,
  'follow-master': true,
  'allow-copy': true,
  'allow-info': true,
  'hand-over': true,
  'fail-over': true,
  'forget-name': true,
  'name-partition': true,
  'switch-name': true,
  'set-options': true,
};
const STATUSES: readonly Receipt['status'][] = ['Done', 'Stale', 'Failed', 'NotRun'];

/** How old is what a watch remembers of a KubeCluster. */
export interface Sight {
  readonly datacenter: string;
  readonly staleSeconds: number;
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The figures of one farm, on a registry of their own. What a whole farm must be counted for is counted when it is read: a pass at 10,000
 * partitions has 20 ms, and a scrape comes every 15 s.
 */
export class FarmMetrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();
  /** told, and not counted yet */
  #pass: PassEvent | undefined;

  /** @param sights how old is what is known of each KubeCluster, asked when it is read */
  constructor(
    farmName: string,
    withProcess: boolean,
    readonly sights: () => readonly Sight[] = () => [],
  ) {
    this.#registry.setDefaultLabels({ farm: farmName });
    for (const name of METRIC_NAMES) this.#define(name);
    for (const reason of ACTS) this.#counter('cachefarm_decisions_total').inc({ reason }, 0);
    for (const kind of Object.keys(ACTION_KINDS))
      for (const status of STATUSES) this.#counter('cachefarm_actions_total').inc({ kind, status }, 0);
    for (const cause of CAUSES) this.#histogram('cachefarm_recovery_seconds').zero({ cause });
    for (const by of ['barn', 'fence']) this.#counter('cachefarm_cold_starts_total').inc({ by }, 0);
    if (withProcess) collectDefaultMetrics({ register: this.#registry });
  }

  #define(name: MetricName): void {
    const { type, help, labels, buckets } = metricNamed(name);
    const shape = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'counter') this.#counters.set(name, new Counter(shape));
    else if (type === 'gauge') this.#gauges.set(name, new Gauge(shape));
    else this.#histograms.set(name, new Histogram({ ...shape, buckets: [...(buckets ?? [])] }));
  }

  #counter(name: MetricName): Counter {
    return defined(this.#counters.get(name), name);
  }
  #gauge(name: MetricName): Gauge {
    return defined(this.#gauges.get(name), name);
  }
  #histogram(name: MetricName): Histogram {
    return defined(this.#histograms.get(name), name);
  }

  /** @param at ms since the epoch */
  passed(pass: PassEvent, at: number): void {
    this.#pass = pass;
    this.#histogram('cachefarm_pass_seconds').observe(pass.ms / 1_000);
    this.#gauge('cachefarm_last_pass_timestamp_seconds').set(at / 1_000);
  }

  decided({ decision }: DecidedEvent): void {
    this.#counter('cachefarm_decisions_total').inc({ reason: decision.reason });
  }

  ended(event: EndedEvent): void {
    for (const { action, status } of event.receipts)
      this.#counter('cachefarm_actions_total').inc({ kind: action.kind, status });
    const { decision, receipts } = event;
    if (decision.reason === 'PodRestartedInPlace' && receipts.every(({ status }) => status === 'Done'))
      this.#counter('cachefarm_cold_starts_total').inc({ by: 'barn' });
    const recovery = recoveryOf(event);
    if (recovery) this.#histogram('cachefarm_recovery_seconds').observe({ cause: recovery.cause }, recovery.ms / 1_000);
  }

  cold(): void {
    this.#counter('cachefarm_cold_starts_total').inc({ by: 'fence' });
  }

  failed(): void {
    this.#counter('cachefarm_pass_failures_total').inc();
  }

  led(leads: boolean): void {
    this.#gauge('cachefarm_leader').set(Number(leads));
    this.#counter('cachefarm_lease_transitions_total').inc();
  }

  unwritten(datacenter: string, kind: string): void {
    this.#counter('cachefarm_kube_write_failures_total').inc({ datacenter, kind });
  }

  untold(): void {
    this.#counter('cachefarm_voice_failures_total').inc();
  }

  #count(): void {
    const pass = this.#pass;
    if (!pass) return;
    this.#pass = undefined;
    for (const name of PASS_GAUGES) this.#gauge(name).reset();
    // Should it fail, the gauges are gone rather than old, and the counters are still told.
    try {
      for (const { name, labels, value } of farmSamples(pass)) this.#gauge(name).set(labels, value);
    } catch {
      this.untold();
    }
  }

  /** What Prometheus reads; text format 0.0.4. */
  async text(): Promise<string> {
    this.#count();
    const staleness = this.#gauge('cachefarm_watch_staleness_seconds');
    staleness.reset();
    for (const { datacenter, staleSeconds } of this.sights()) staleness.set({ datacenter }, staleSeconds);
    return this.#registry.metrics();
  }
}

function defined<T>(metric: T | undefined, name: MetricName): T {
  if (metric === undefined) throw new Error(`${name} is of another type in METRICS`);
  return metric;
}
