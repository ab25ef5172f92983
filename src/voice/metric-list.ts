/** Every metric of ours. Names and units as Prometheus wants them; docs/metrics.md is checked against this list. */

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** upper bounds, in seconds */
  readonly buckets?: readonly number[];
  /** how the values of cache clusters without a label of their own become one; @default sum */
  readonly fold?: 'max' | 'min';
}

export const METRICS = {
  cachefarm_recovery_seconds: {
    type: 'histogram',
    help: 'Time from the first sight of a partition that does not serve until its name points to an open pod, by cause.',
    labels: ['cause'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  cachefarm_partitions: {
    type: 'gauge',
    help: 'Declared partitions by what the sentinels and their pods say of them.',
    labels: ['cache_cluster', 'state'],
  },
  cachefarm_partitions_armed: {
    type: 'gauge',
    help: 'Un-replicated partitions that every sentinel that answers would move to an open standby by itself.',
    labels: ['cache_cluster'],
  },
  cachefarm_standbys: {
    type: 'gauge',
    help: 'Standby pods: declared, open and free, armed (some partition would go to it).',
    labels: ['cache_cluster', 'state'],
  },
  cachefarm_placement_excess: {
    type: 'gauge',
    help: 'Pods in the fullest datacenter or on the fullest machine above the least possible; 0 is the best spread there is.',
    labels: ['cache_cluster', 'level'],
    fold: 'max',
  },
  cachefarm_replacement_budget_left: {
    type: 'gauge',
    help: 'Partitions of the cache cluster that may still be replaced within the window.',
    labels: ['cache_cluster'],
    fold: 'min',
  },
  cachefarm_backing_budget_left: {
    type: 'gauge',
    help: 'Partitions in front of the backing group that may still be replaced within the window.',
    labels: ['backing_group'],
    fold: 'min',
  },
  cachefarm_sentinels: {
    type: 'gauge',
    help: 'Sentinels of the group by state; missing: declared, and no pod of it is there.',
    labels: ['sentinel_group', 'state'],
  },
  cachefarm_sentinel_disagreement: {
    type: 'gauge',
    help: 'Partitions of which the sentinels that answer do not all say the same.',
    labels: ['sentinel_group'],
  },
  cachefarm_idle_pods: {
    type: 'gauge',
    help: 'Pods that a partition could be given to now.',
    labels: ['tier', 'datacenter'],
  },
  cachefarm_machines: {
    type: 'gauge',
    help: 'Machines by readiness; none for a datacenter whose KubeCluster could not be read.',
    labels: ['datacenter', 'state'],
  },
  cachefarm_brakes: {
    type: 'gauge',
    help: 'Subjects that are left alone now, by reason; 0 when the brake does not hold.',
    labels: ['reason'],
  },
  cachefarm_decisions_total: { type: 'counter', help: 'Decisions that were begun, by reason.', labels: ['reason'] },
  cachefarm_actions_total: {
    type: 'counter',
    help: 'Actions by kind and by what came of them.',
    labels: ['kind', 'status'],
  },
  cachefarm_cold_starts_total: {
    type: 'counter',
    help: 'Partitions that a restart of their pod has emptied, by who opened it again at its address.',
    labels: ['by'],
  },
  cachefarm_pass_seconds: {
    type: 'histogram',
    help: 'Time of a whole pass: to observe and to plan.',
    labels: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  cachefarm_pass_failures_total: {
    type: 'counter',
    help: 'Passes, and looks at single partitions, that ended in an error.',
    labels: [],
  },
  cachefarm_last_pass_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last pass ended, in seconds since the epoch; 0 before the first.',
    labels: [],
  },
  cachefarm_leader: {
    type: 'gauge',
    help: 'Whether this Barn leads: 1 acts, 0 looks on.',
    labels: [],
  },
  cachefarm_lease_transitions_total: {
    type: 'counter',
    help: 'Times this Barn began or ceased to lead.',
    labels: [],
  },
  cachefarm_watch_staleness_seconds: {
    type: 'gauge',
    help: 'Time since the last proof that what is remembered of the KubeCluster is up to date.',
    labels: ['datacenter'],
  },
  cachefarm_kube_write_failures_total: {
    type: 'counter',
    help: 'Statuses and Events that could not be written to a KubeCluster.',
    labels: ['datacenter', 'kind'],
  },
  cachefarm_voice_failures_total: {
    type: 'counter',
    help: 'Events that could not be told: a line or a metric is missing.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
export const metricNamed = (name: MetricName): Metric => METRICS[name];

/** One value of a gauge. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
