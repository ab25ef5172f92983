import { electedLeader } from './sim-sentinel-down.js';
import { sendSlaveOf } from './sim-sentinel-info.js';
import type { FailoverState, SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

export function startFailover(mind: SentinelMind, master: SentinelInstance): void {
  master.failoverState = 'wait_start';
  master.failing = true;
  mind.currentEpoch += 1;
  master.failoverEpoch = mind.currentEpoch;
  mind.note('+new-epoch', String(mind.currentEpoch));
  mind.event('+try-failover', master);
  master.failoverStart = mind.now() + mind.desync();
  master.failoverStateSince = mind.now();
}

/** Not again before twice its time-out has passed since the last attempt, ours or one we voted for. */
export function startIfNeeded(mind: SentinelMind, master: SentinelInstance): boolean {
  if (!master.oDown || master.failing) return false;
  if (mind.now() - master.failoverStart < master.failoverTimeoutMs * 2) return false;
  startFailover(mind, master);
  return true;
}

const compare = (a: SentinelInstance, b: SentinelInstance): number => {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.offset !== b.offset) return b.offset - a.offset;
  if (a.runId === b.runId) return 0;
  if (a.runId === undefined) return 1;
  if (b.runId === undefined) return -1;
  return a.runId < b.runId ? -1 : 1;
};

/** Whatever it says it is: that it is a master already does not matter. */
export function selectReplica(mind: SentinelMind, master: SentinelInstance): SentinelInstance | undefined {
  const now = mind.now();
  const { 'ping-period': pingMs, 'info-period': infoMs } = mind.periods;
  const downMs = master.sDown ? now - (master.sDownSince ?? now) : 0;
  const validMs = master.sDown ? pingMs * 5 : infoMs * 3;
  return [...master.replicas.values()]
    .filter(
      ({ sDown, oDown, link, priority, infoAt, linkDownMs }) =>
        !sDown &&
        !oDown &&
        !link.disconnected &&
        now - link.availableAt <= pingMs * 5 &&
        priority !== 0 &&
        infoAt !== undefined &&
        now - infoAt <= validMs &&
        linkDownMs <= downMs + master.downAfterMs * 10,
    )
    .sort(compare)[0];
}

function abort(mind: SentinelMind, master: SentinelInstance): void {
  master.failing = false;
  master.forced = false;
  enter(mind, master, 'none');
  if (master.promotedReplica) master.promotedReplica.promoted = false;
  master.promotedReplica = undefined;
}

function enter(mind: SentinelMind, master: SentinelInstance, state: FailoverState): void {
  master.failoverState = state;
  master.failoverStateSince = mind.now();
}

function waitStart(mind: SentinelMind, master: SentinelInstance): void {
  const elected = electedLeader(mind, master, master.failoverEpoch) === mind.self.id;
  if (!elected && !master.forced) {
    const waitMs = Math.min(mind.periods['election-timeout'], master.failoverTimeoutMs);
    if (mind.now() - master.failoverStart > waitMs) {
      mind.event('-failover-abort-not-elected', master);
      abort(mind, master);
    }
    return;
  }
  mind.event('+elected-leader', master);
  enter(mind, master, 'select_slave');
  mind.event('+failover-state-select-slave', master);
}

function select(mind: SentinelMind, master: SentinelInstance): void {
  const replica = selectReplica(mind, master);
  if (!replica) {
    mind.event('-failover-abort-no-good-slave', master);
    abort(mind, master);
    return;
  }
  mind.event('+selected-slave', replica);
  replica.promoted = true;
  master.promotedReplica = replica;
  enter(mind, master, 'send_slaveof_noone');
  mind.event('+failover-state-send-slaveof-noone', replica);
}

const late = (mind: SentinelMind, master: SentinelInstance): boolean =>
  mind.now() - master.failoverStateSince > master.failoverTimeoutMs;

function abortLate(mind: SentinelMind, master: SentinelInstance): void {
  if (!late(mind, master)) return;
  mind.event('-failover-abort-slave-timeout', master);
  abort(mind, master);
}

function sendNoOne(mind: SentinelMind, master: SentinelInstance): void {
  const replica = master.promotedReplica;
  if (!replica) return;
  if (replica.link.disconnected) {
    abortLate(mind, master);
    return;
  }
  if (!sendSlaveOf(replica, undefined)) return;
  mind.event('+failover-state-wait-promotion', replica);
  enter(mind, master, 'wait_promotion');
}

function reconfNext(mind: SentinelMind, master: SentinelInstance): void {
  const now = mind.now();
  const to = master.promotedReplica?.address;
  const replicas = [...master.replicas.values()];
  let underWay = replicas.filter(({ reconf }) => reconf === 'sent' || reconf === 'inprog').length;
  for (const replica of replicas) {
    if (underWay >= master.parallelSyncs) break;
    if (replica.promoted || replica.reconf === 'done') continue;
    if (replica.reconf === 'sent' && now - replica.reconfSentAt > mind.periods['slave-reconf-timeout']) {
      mind.event('-slave-reconf-sent-timeout', replica);
      replica.reconf = 'done';
    }
    if (replica.reconf !== undefined || replica.link.disconnected) continue;
    if (!sendSlaveOf(replica, to)) continue;
    replica.reconf = 'sent';
    replica.reconfSentAt = now;
    mind.event('+slave-reconf-sent', replica);
    underWay += 1;
  }
  detectEnd(mind, master);
}

function detectEnd(mind: SentinelMind, master: SentinelInstance): void {
  const promoted = master.promotedReplica;
  if (!promoted || promoted.sDown) return;
  const timedOut = late(mind, master);
  const replicas = [...master.replicas.values()];
  const open = replicas.some(({ promoted: chosen, reconf, sDown }) => !chosen && reconf !== 'done' && !sDown);
  if (timedOut) mind.event('+failover-end-for-timeout', master);
  if (!timedOut && open) return;
  mind.event('+failover-end', master);
  enter(mind, master, 'update_config');
  if (!timedOut) return;
  for (const replica of replicas) {
    if (replica.promoted || replica.reconf === 'done' || replica.reconf === 'sent' || replica.link.disconnected)
      continue;
    if (!sendSlaveOf(replica, promoted.address)) continue;
    mind.event('+slave-reconf-sent-be', replica);
    replica.reconf = 'sent';
  }
}

const STEPS: Readonly<Partial<Record<FailoverState, (mind: SentinelMind, master: SentinelInstance) => void>>> = {
  wait_start: waitStart,
  select_slave: select,
  send_slaveof_noone: sendNoOne,
  wait_promotion: abortLate,
  reconf_slaves: reconfNext,
};

export function stepFailover(mind: SentinelMind, master: SentinelInstance): void {
  if (!master.failing) return;
  const step = STEPS[master.failoverState];
  step?.(mind, master);
}

/** The last step: the name is at the promoted replica for us too. */
export function finishFailover(mind: SentinelMind, master: SentinelInstance): void {
  const from = master.address;
  const to = master.promotedReplica?.address ?? from;
  mind.note('+switch-master', `${master.name} ${from.ip} ${from.port} ${to.ip} ${to.port}`);
  mind.moveMaster(master, to);
}
