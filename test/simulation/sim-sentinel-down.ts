import type { Reply } from './parts.js';
import type { SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';
import { dropIdleLines } from './sim-sentinel-watch.js';

/** No answer for down-after, a master that has said for long that it is a replica, or one that has restarted. */
export function checkSubjectively(mind: SentinelMind, instance: SentinelInstance): void {
  const now = mind.now();
  const { link, kind, downAfterMs } = instance;
  const silentMs =
    link.unanswered !== undefined ? now - link.unanswered : link.disconnected ? now - link.availableAt : 0;
  dropIdleLines(mind, instance);
  const demoted =
    kind === 'master' &&
    instance.roleReported === 'slave' &&
    now - instance.roleSince > downAfterMs + mind.periods['info-period'] * 2;
  const rebooted = instance.rebooted && now - instance.rebootedAt > instance.rebootDownAfterMs;
  const down = silentMs > downAfterMs || demoted || rebooted;
  if (down === instance.sDown) return;
  mind.event(down ? '+sdown' : '-sdown', instance);
  if (down) instance.sDownSince = now;
  instance.sDown = down;
}

/** As many as the quorum say so, we among them. */
export function checkObjectively(mind: SentinelMind, master: SentinelInstance): void {
  const agree = master.sDown ? 1 + [...master.sentinels.values()].filter(({ masterDown }) => masterDown).length : 0;
  const down = master.sDown && agree >= master.quorum;
  if (down === master.oDown) return;
  mind.event(down ? '+odown' : '-odown', master, down ? `#quorum ${agree}/${master.quorum}` : '');
  if (down) master.oDownSince = mind.now();
  master.oDown = down;
}

function hearDownReply(mind: SentinelMind, sentinel: SentinelInstance, reply: Reply): void {
  sentinel.link.pending -= 1;
  if (sentinel.released || !Array.isArray(reply)) return;
  const [down, leader, epoch] = reply as readonly Reply[];
  sentinel.downReplyAt = mind.now();
  sentinel.masterDown = down === 1;
  if (typeof leader !== 'string' || leader === '*') return;
  sentinel.leader = leader;
  sentinel.leaderEpoch = Number(epoch);
}

/** Asks the others whether it is down for them too; with a failover under way also for their vote. */
export function askOthers(mind: SentinelMind, master: SentinelInstance, forced: boolean): void {
  const now = mind.now();
  for (const sentinel of master.sentinels.values()) {
    const elapsed = now - sentinel.downReplyAt;
    if (elapsed > mind.periods['ask-period'] * 5) {
      sentinel.masterDown = false;
      sentinel.leader = undefined;
    }
    if (!master.sDown || sentinel.link.disconnected || (!forced && elapsed < mind.periods['ask-period'])) continue;
    const { ip, port } = master.address;
    const voter = master.failoverState === 'none' ? '*' : mind.self.id;
    sentinel.link.pending += 1;
    sentinel.link.commands?.send(
      ['SENTINEL', 'is-master-down-by-addr', ip, String(port), String(mind.currentEpoch), voter],
      (reply) => hearDownReply(mind, sentinel, reply),
    );
  }
}

/** One vote an epoch, the epoch being the same for all names. @returns whom we have voted for, and when */
export function voteLeader(
  mind: SentinelMind,
  master: SentinelInstance,
  epoch: number,
  id: string,
): { readonly leader: string | undefined; readonly epoch: number } {
  if (epoch > mind.currentEpoch) {
    mind.currentEpoch = epoch;
    mind.flush();
    mind.note('+new-epoch', String(epoch));
  }
  if (master.leaderEpoch < epoch && mind.currentEpoch <= epoch) {
    master.leader = id;
    master.leaderEpoch = mind.currentEpoch;
    mind.flush();
    mind.note('+vote-for-leader', `${id} ${master.leaderEpoch}`);
    // Whoever votes for another keeps out of the way for a while.
    if (id !== mind.self.id) master.failoverStart = mind.now() + mind.desync();
  }
  return { leader: master.leader, epoch: master.leaderEpoch };
}

/** Who has the votes of a majority of all known sentinels, and of the quorum. */
export function electedLeader(mind: SentinelMind, master: SentinelInstance, epoch: number): string | undefined {
  const votes = new Map<string, number>();
  const count = (id: string): number => {
    const sum = (votes.get(id) ?? 0) + 1;
    votes.set(id, sum);
    return sum;
  };
  for (const { leader, leaderEpoch } of master.sentinels.values())
    if (leader !== undefined && leaderEpoch === mind.currentEpoch) count(leader);
  let winner: string | undefined;
  let most = 0;
  for (const [id, sum] of votes)
    if (sum > most) {
      most = sum;
      winner = id;
    }
  const mine = voteLeader(mind, master, epoch, winner ?? mind.self.id);
  if (mine.leader !== undefined && mine.epoch === epoch) {
    const sum = count(mine.leader);
    if (sum > most) {
      most = sum;
      winner = mine.leader;
    }
  }
  const majority = Math.floor((master.sentinels.size + 1) / 2) + 1;
  return most >= majority && most >= master.quorum ? winner : undefined;
}
