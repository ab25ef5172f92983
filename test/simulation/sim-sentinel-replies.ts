import type { Reply } from './parts.js';
import type { SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

function flagsOf(instance: SentinelInstance): string {
  const { kind, reconf } = instance;
  let flags = kind as string;
  if (instance.oDown) flags = `o_down,${flags}`;
  if (instance.sDown) flags = `s_down,${flags}`;
  if (instance.link.disconnected) flags += ',disconnected';
  if (instance.masterDown) flags += ',master_down';
  if (instance.failing) flags += ',failover_in_progress';
  if (instance.promoted) flags += ',promoted';
  if (reconf) flags += `,reconf_${reconf}`;
  if (instance.forced) flags += ',force_failover';
  if (instance.rebooted) flags += ',master_reboot';
  return flags;
}

/** Fields and values, one after the other. Barn asks for these all the time, so they are put together without a detour. */
type Fields = string[];

function addMaster(fields: Fields, master: SentinelInstance): void {
  fields.push('config-epoch', String(master.configEpoch));
  fields.push('num-slaves', String(master.replicas.size));
  fields.push('num-other-sentinels', String(master.sentinels.size));
  fields.push('quorum', String(master.quorum));
  fields.push('failover-timeout', String(master.failoverTimeoutMs));
  fields.push('parallel-syncs', String(master.parallelSyncs));
}

function addReplica(fields: Fields, replica: SentinelInstance): void {
  fields.push('master-link-down-time', String(replica.linkDownMs));
  fields.push('master-link-status', replica.reportedLinkUp ? 'ok' : 'err');
  fields.push('master-host', replica.reportedMaster?.ip || '?');
  fields.push('master-port', String(replica.reportedMaster?.port ?? 0));
  fields.push('slave-priority', String(replica.priority));
  fields.push('slave-repl-offset', String(replica.offset));
  fields.push('replica-announced', replica.announced ? '1' : '0');
}

function addSentinel(fields: Fields, sentinel: SentinelInstance, now: number): void {
  fields.push('last-hello-message', String(now - sentinel.helloAt));
  fields.push('voted-leader', sentinel.leader ?? '?');
  fields.push('voted-leader-epoch', String(sentinel.leaderEpoch));
}

function addTimes(fields: Fields, instance: SentinelInstance, now: number): void {
  const { link, kind } = instance;
  const since = (at: number | undefined): string => (at === undefined ? '0' : String(now - at));
  fields.push('last-ping-sent', since(link.unanswered));
  fields.push('last-ok-ping-reply', String(now - link.availableAt));
  fields.push('last-ping-reply', String(now - link.pongedAt));
  if (instance.sDown) fields.push('s-down-time', since(instance.sDownSince));
  if (instance.oDown) fields.push('o-down-time', since(instance.oDownSince));
  fields.push('down-after-milliseconds', String(instance.downAfterMs));
  if (kind === 'sentinel') return;
  fields.push('info-refresh', since(instance.infoAt));
  fields.push('role-reported', instance.roleReported);
  fields.push('role-reported-time', String(now - instance.roleSince));
}

/** One entry of SENTINEL MASTERS, REPLICAS or SENTINELS. */
export function instanceReply(mind: SentinelMind, instance: SentinelInstance): Reply {
  const now = mind.now();
  const { link, name, address, kind } = instance;
  const fields: Fields = ['name', name, 'ip', address.ip, 'port', String(address.port)];
  fields.push('runid', instance.runId ?? '', 'flags', flagsOf(instance));
  fields.push('link-pending-commands', String(link.pending), 'link-refcount', String(link.users));
  if (instance.failing) fields.push('failover-state', instance.failoverState);
  addTimes(fields, instance, now);
  if (kind === 'master') addMaster(fields, instance);
  else if (kind === 'slave') addReplica(fields, instance);
  else addSentinel(fields, instance, now);
  return fields;
}

/** INFO of a sentinel; `server` is what clients and Barn look at. */
export function infoReply(mind: SentinelMind, runId: string, uptimeMs: number, section: string): string {
  const server = [
    '# Server',
    'redis_version:7.0.15',
    'redis_mode:sentinel',
    `run_id:${runId}`,
    `tcp_port:${mind.self.port}`,
    `uptime_in_seconds:${Math.floor(uptimeMs / 1_000)}`,
  ];
  const masters = [...mind.masters.values()];
  const tiltSeconds = mind.tilt ? Math.floor((mind.now() - mind.tiltStart) / 1_000) : -1;
  const sentinel = [
    '# Sentinel',
    `sentinel_masters:${masters.length}`,
    `sentinel_tilt:${mind.tilt ? 1 : 0}`,
    `sentinel_tilt_since_seconds:${tiltSeconds}`,
    'sentinel_running_scripts:0',
    'sentinel_scripts_queue_length:0',
    'sentinel_simulate_failure_flags:0',
    ...masters.map((master, i) => {
      const { name, oDown, sDown, currentAddress, replicas, sentinels } = master;
      const status = oDown ? 'odown' : sDown ? 'sdown' : 'ok';
      const at = `${currentAddress.ip}:${currentAddress.port}`;
      return `master${i}:name=${name},status=${status},address=${at},slaves=${replicas.size},sentinels=${sentinels.size + 1}`;
    }),
  ];
  const parts = section === 'sentinel' ? [sentinel] : section === 'server' ? [server] : [server, sentinel];
  return parts.map((lines) => `${lines.join('\r\n')}\r\n`).join('\r\n');
}

/** Words of CKQUORUM: enough to agree, enough to elect. */
export function quorumReply(master: SentinelInstance): Reply {
  const usable = 1 + [...master.sentinels.values()].filter(({ sDown, oDown }) => !sDown && !oDown).length;
  const agree = usable >= master.quorum;
  const elect = usable >= Math.floor((master.sentinels.size + 1) / 2) + 1;
  if (agree && elect) return `OK ${usable} usable Sentinels. Quorum and failover authorization can be reached`;
  const why = [
    ...(agree ? [] : ['Not enough available Sentinels to reach the specified quorum for this master']),
    ...(elect ? [] : ['Not enough available Sentinels to reach the majority and authorize a failover']),
  ];
  return new Error(`NOQUORUM ${usable} usable Sentinels. ${why.join('. ')}`);
}
