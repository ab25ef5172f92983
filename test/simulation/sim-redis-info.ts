import type { Replication } from './sim-redis-replication.js';

export interface InfoSource {
  readonly runId: string;
  readonly port: number;
  readonly uptimeSeconds: number;
  readonly clients: number;
  readonly usedMemory: number;
  readonly maxMemory: number;
  readonly keys: number;
  readonly replication: Replication;
}

const server = ({ runId, port, uptimeSeconds }: InfoSource): readonly string[] => [
  'redis_version:7.0.15',
  'redis_mode:standalone',
  `run_id:${runId}`,
  `tcp_port:${port}`,
  `uptime_in_seconds:${uptimeSeconds}`,
];

function asReplica(replication: Replication): readonly string[] {
  const { master, linkUp, state } = replication;
  return [
    `master_host:${master?.ip}`,
    `master_port:${master?.port}`,
    `master_link_status:${linkUp ? 'up' : 'down'}`,
    `master_last_io_seconds_ago:${replication.secondsSinceMaster}`,
    `master_sync_in_progress:${state === 'sync' ? 1 : 0}`,
    `slave_read_repl_offset:${replication.replicaOffset}`,
    `slave_repl_offset:${replication.replicaOffset}`,
    ...(linkUp ? [] : [`master_link_down_since_seconds:${replication.downSeconds}`]),
    'slave_priority:100',
    'slave_read_only:1',
    'replica_announced:1',
  ];
}

function replicasOf(replication: Replication): readonly string[] {
  return [...replication.replicas].flatMap(({ replica, announced }, i) =>
    replica
      ? [
          `slave${i}:ip=${announced.ip},port=${announced.port},state=${replica.state},offset=${replica.offset},lag=${replication.lagSeconds(replica)}`,
        ]
      : [],
  );
}

function replication({ replication: of }: InfoSource): readonly string[] {
  const { id, id2, offset, secondOffset, backlog } = of.history;
  const { active, from, bytes } = backlog;
  return [
    `role:${of.master ? 'slave' : 'master'}`,
    ...(of.master ? asReplica(of) : []),
    `connected_slaves:${of.replicas.size}`,
    ...(of.minReplicas > 0 && of.maxLagSeconds > 0 ? [`min_slaves_good_slaves:${of.goodReplicas}`] : []),
    ...replicasOf(of),
    'master_failover_state:no-failover',
    `master_replid:${id}`,
    `master_replid2:${id2}`,
    `master_repl_offset:${offset}`,
    `second_repl_offset:${secondOffset}`,
    `repl_backlog_active:${active ? 1 : 0}`,
    'repl_backlog_size:1048576',
    `repl_backlog_first_byte_offset:${from}`,
    `repl_backlog_histlen:${bytes}`,
  ];
}

/** Section -> lines; the others of a real server are left out. */
const SECTIONS: Readonly<Record<string, readonly [string, (source: InfoSource) => readonly string[]]>> = {
  server: ['Server', server],
  clients: ['Clients', ({ clients }) => [`connected_clients:${clients}`]],
  memory: ['Memory', ({ usedMemory, maxMemory }) => [`used_memory:${usedMemory}`, `maxmemory:${maxMemory}`]],
  replication: ['Replication', replication],
  keyspace: ['Keyspace', ({ keys }) => (keys > 0 ? [`db0:keys=${keys},expires=0,avg_ttl=0`] : [])],
};

/** The reply of INFO; the same fields and order as the real one, of what anybody here reads. */
export function infoText(source: InfoSource, wanted: readonly string[]): string {
  const all =
    wanted.length === 0 || wanted.some((name) => name === 'all' || name === 'default' || name === 'everything');
  const names = all ? Object.keys(SECTIONS) : Object.keys(SECTIONS).filter((name) => wanted.includes(name));
  return names
    .flatMap((name) => {
      const section = SECTIONS[name];
      return section ? [[`# ${section[0]}`, ...section[1](source), ''].join('\r\n')] : [];
    })
    .join('\r\n');
}
