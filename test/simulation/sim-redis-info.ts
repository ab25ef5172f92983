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

const server = ({ runId, port, uptimeSeconds }: InfoSource): string =>
  `# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:${runId}\r\ntcp_port:${port}\r\nuptime_in_seconds:${uptimeSeconds}\r\n`;

function asReplica(replication: Replication): string {
  const { master, linkUp, state, replicaOffset } = replication;
  return (
    `master_host:${master?.ip}\r\nmaster_port:${master?.port}\r\nmaster_link_status:${linkUp ? 'up' : 'down'}\r\n` +
    `master_last_io_seconds_ago:${replication.secondsSinceMaster}\r\nmaster_sync_in_progress:${state === 'sync' ? 1 : 0}\r\n` +
    `slave_read_repl_offset:${replicaOffset}\r\nslave_repl_offset:${replicaOffset}\r\n` +
    `${linkUp ? '' : `master_link_down_since_seconds:${replication.downSeconds}\r\n`}` +
    'slave_priority:100\r\nslave_read_only:1\r\nreplica_announced:1\r\n'
  );
}

function replicasOf(replication: Replication): string {
  let [lines, i] = ['', 0];
  for (const { replica, announced } of replication.replicas) {
    if (replica)
      lines += `slave${i}:ip=${announced.ip},port=${announced.port},state=${replica.state},offset=${replica.offset},lag=${replication.lagSeconds(replica)}\r\n`;
    i++;
  }
  return lines;
}

function replication({ replication: of }: InfoSource): string {
  const { id, id2, offset, secondOffset, backlog } = of.history;
  const { active, from, bytes } = backlog;
  const required = of.minReplicas > 0 && of.maxLagSeconds > 0;
  return (
    `# Replication\r\nrole:${of.master ? 'slave' : 'master'}\r\n${of.master ? asReplica(of) : ''}` +
    `connected_slaves:${of.replicas.size}\r\n${required ? `min_slaves_good_slaves:${of.goodReplicas}\r\n` : ''}${replicasOf(of)}` +
    `master_failover_state:no-failover\r\nmaster_replid:${id}\r\nmaster_replid2:${id2}\r\nmaster_repl_offset:${offset}\r\n` +
    `second_repl_offset:${secondOffset}\r\nrepl_backlog_active:${active ? 1 : 0}\r\nrepl_backlog_size:1048576\r\n` +
    `repl_backlog_first_byte_offset:${from}\r\nrepl_backlog_histlen:${bytes}\r\n`
  );
}

/** Name of a section -> its text; the others of a real server are left out. Barn asks for it all the time, so it is put together without a detour. */
const SECTIONS: readonly (readonly [string, (source: InfoSource) => string])[] = [
  ['server', server],
  ['clients', ({ clients }) => `# Clients\r\nconnected_clients:${clients}\r\n`],
  ['memory', ({ usedMemory, maxMemory }) => `# Memory\r\nused_memory:${usedMemory}\r\nmaxmemory:${maxMemory}\r\n`],
  ['replication', replication],
  ['keyspace', ({ keys }) => `# Keyspace\r\n${keys > 0 ? `db0:keys=${keys},expires=0,avg_ttl=0\r\n` : ''}`],
];
const ALL: ReadonlySet<string> = new Set(['all', 'default', 'everything']);

/** The reply of INFO; the same fields and order as the real one, of what anybody here reads. */
export function infoText(source: InfoSource, wanted: readonly string[]): string {
  const all = wanted.length === 0 || wanted.some((name) => ALL.has(name));
  let text = '';
  for (const [name, section] of SECTIONS)
    if (all || wanted.includes(name)) text += `${text === '' ? '' : '\r\n'}${section(source)}`;
  return text;
}
