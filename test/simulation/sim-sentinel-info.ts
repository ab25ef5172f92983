import { sayHelloSoon } from './sim-sentinel-hello.js';
import { type InstanceAddress, type SentinelInstance, sameAddress } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

/** What one INFO says that a sentinel reads. */
interface Told {
  role: 'master' | 'slave' | undefined;
  runId: string | undefined;
  readonly replicas: InstanceAddress[];
}

const addressOf = (value: string): InstanceAddress | undefined => {
  const ip = /(?:^|,)ip=([^,]*)/.exec(value)?.[1];
  const port = Number(/(?:^|,)port=(\d+)/.exec(value)?.[1]);
  return ip === undefined ? undefined : { ip, port };
};

function readReplicaField(instance: SentinelInstance, field: string, value: string, now: number): void {
  const known = instance.reportedMaster ?? { ip: '', port: 0 };
  switch (field) {
    case 'master_host':
      if (known.ip === value.toLowerCase()) return;
      instance.reportedMaster = { ip: value.toLowerCase(), port: known.port };
      instance.reportedMasterSince = now;
      return;
    case 'master_port':
      if (known.port === Number(value)) return;
      instance.reportedMaster = { ip: known.ip, port: Number(value) };
      instance.reportedMasterSince = now;
      return;
    case 'master_link_status':
      instance.reportedLinkUp = value === 'up';
      return;
    case 'slave_priority':
      instance.priority = Number(value);
      return;
    case 'slave_repl_offset':
      instance.offset = Number(value);
      return;
    case 'replica_announced':
      instance.announced = value !== '0';
      return;
  }
}

/** The order of the lines counts, as in Sentinel: fields of a replica are read only after `role:slave`. */
function readLines(instance: SentinelInstance, text: string, now: number): Told {
  const told: Told = { role: undefined, runId: undefined, replicas: [] };
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const field = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (field === 'run_id') told.runId = value;
    else if (field === 'role') told.role = value === 'master' ? 'master' : value === 'slave' ? 'slave' : told.role;
    else if (field === 'master_link_down_since_seconds') instance.linkDownMs = Number(value) * 1_000;
    else if (/^slave\d+$/.test(field)) {
      const address = addressOf(value);
      if (address) told.replicas.push(address);
    } else if (told.role === 'slave') readReplicaField(instance, field, value, now);
  }
  return told;
}

function noteRestart(mind: SentinelMind, instance: SentinelInstance, runId: string): void {
  if (instance.runId !== undefined && instance.runId !== runId) {
    mind.event('+reboot', instance);
    if (instance.kind === 'master' && instance.rebootDownAfterMs !== 0) {
      instance.rebooted = true;
      instance.rebootedAt = mind.now();
    }
  }
  instance.runId = runId;
}

/** MULTI, SLAVEOF, CONFIG REWRITE, CLIENT KILL twice, EXEC: when one of them is denied nothing happens. @returns false: no connection */
export function sendSlaveOf(instance: SentinelInstance, to: InstanceAddress | undefined): boolean {
  const { link } = instance;
  if (!link.commands) return false;
  const [host, port] = to ? [to.ip, String(to.port)] : ['NO', 'ONE'];
  for (const command of [
    ['MULTI'],
    ['SLAVEOF', host, port],
    ['CONFIG', 'REWRITE'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
    ['EXEC'],
  ]) {
    link.pending += 1;
    link.commands.send(command, () => {
      link.pending -= 1;
    });
  }
  return true;
}

function looksSane(mind: SentinelMind, master: SentinelInstance): boolean {
  const fresh = master.infoAt !== undefined && mind.now() - master.infoAt < mind.periods['info-period'] * 2;
  return master.roleReported === 'master' && !master.sDown && !master.oDown && fresh;
}

/** The replica that we promoted says that it is a master. */
function notePromoted(mind: SentinelMind, replica: SentinelInstance, master: SentinelInstance): void {
  master.configEpoch = master.failoverEpoch;
  master.failoverState = 'reconf_slaves';
  master.failoverStateSince = mind.now();
  mind.flush();
  mind.event('+promoted-slave', replica);
  mind.event('+failover-state-reconf-slaves', master);
  sayHelloSoon(master);
}

/** Somebody made a master of what we believe to be a replica: it is made one again, after four hellos in which we might have heard why. */
function convert(mind: SentinelMind, replica: SentinelInstance, master: SentinelInstance): void {
  const now = mind.now();
  const waitMs = mind.periods['publish-period'] * 4;
  if (replica.promoted || !looksSane(mind, master) || !replica.noDownFor(waitMs, now)) return;
  if (now - replica.roleSince > waitMs && sendSlaveOf(replica, master.address))
    mind.event('+convert-to-slave', replica);
}

/** A replica of somebody else. */
function correct(mind: SentinelMind, replica: SentinelInstance, master: SentinelInstance): void {
  if (replica.reportedMaster && sameAddress(replica.reportedMaster, master.address)) return;
  const now = mind.now();
  const waitMs = master.failoverTimeoutMs;
  if (!looksSane(mind, master) || !replica.noDownFor(waitMs, now)) return;
  if (now - replica.reportedMasterSince > waitMs && sendSlaveOf(replica, master.address))
    mind.event('+fix-slave-config', replica);
}

function noteReconf(mind: SentinelMind, replica: SentinelInstance, master: SentinelInstance): void {
  const to = master.promotedReplica?.address;
  if (replica.reconf === 'sent' && to && replica.reportedMaster && sameAddress(replica.reportedMaster, to)) {
    replica.reconf = 'inprog';
    mind.event('+slave-reconf-inprog', replica);
  }
  if (replica.reconf === 'inprog' && replica.reportedLinkUp) {
    replica.reconf = 'done';
    mind.event('+slave-reconf-done', replica);
  }
}

function actOnReplica(mind: SentinelMind, replica: SentinelInstance, role: 'master' | 'slave' | undefined): void {
  const { master } = replica;
  if (!master) return;
  if (role === 'master') {
    if (replica.promoted && master.failing && master.failoverState === 'wait_promotion')
      notePromoted(mind, replica, master);
    else convert(mind, replica, master);
  } else if (role === 'slave') {
    correct(mind, replica, master);
    noteReconf(mind, replica, master);
  }
}

/** `sentinelRefreshInstanceInfo`. */
export function hearInfo(mind: SentinelMind, instance: SentinelInstance, text: string): void {
  const now = mind.now();
  instance.linkDownMs = 0;
  const { role, runId, replicas } = readLines(instance, text, now);
  if (runId?.length === 40) noteRestart(mind, instance, runId);
  if (instance.kind === 'master')
    for (const address of replicas) {
      const replica = mind.addReplica(instance, address);
      if (!replica) continue;
      mind.event('+slave', replica);
      mind.flush();
    }
  instance.infoAt = now;
  if (role !== undefined && role !== instance.roleReported) {
    instance.roleReported = role;
    instance.roleSince = now;
    if (role === 'slave') instance.reportedMasterSince = now;
    mind.event(instance.kind === role ? '+role-change' : '-role-change', instance, `new reported role is ${role}`);
  }
  if (!mind.tilt && instance.kind === 'slave') actOnReplica(mind, instance, role);
}
