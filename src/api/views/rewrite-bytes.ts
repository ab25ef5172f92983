import { SENTINEL_SIDE_RULES, USER } from '../../farm/access.js';
import type { SentinelGroup } from '../../farm/model.js';
import { splitAddress } from '../../farm/words.js';
import type { NameView, SentinelView } from '../../world/model.js';

/** `local/secrets.ts` makes passwords of 24 random bytes in base64url; who brings a Secret of his own may have others. */
const PASSWORD = 32;
const RUN_ID = 40;
/** Port, folder, announced address, `myid` and the like, as sentinel-start.sh writes them. */
const SETTINGS = 520;
/** A user's line: `user <name> on sanitize-payload #<sha256> <rules>` */
const USER_LINE = 100;

const OWN_LINES =
  SETTINGS +
  Object.entries(SENTINEL_SIDE_RULES).reduce((sum, [name, rules]) => sum + name.length + rules.length + USER_LINE, 0);

/** `sentinel <word> <name> ` and the end of the line */
const head = (word: string, name: string): number => 'sentinel   \n'.length + word.length + name.length;
/** `<ip> <port>` is as long as `<ip>:<port>` */
const line = (word: string, name: string, ...values: readonly number[]): number =>
  head(word, name) + values.reduce((sum, length) => sum + length, values.length - 1);
const digits = (value: number): number => String(value).length;

/** The lines that Sentinel 7 writes for one name (src/sentinel.c, rewriteConfigSentinelOption). */
function linesOf(view: NameView, peers: number): number {
  const { partition, epoch } = view;
  return (
    line('monitor', partition, view.address.length, digits(view.quorum)) +
    line('down-after-milliseconds', partition, digits(view.downAfterMs)) +
    line('failover-timeout', partition, digits(view.failoverTimeoutMs)) +
    line('auth-pass', partition, PASSWORD) +
    line('auth-user', partition, USER.sentinel.length) +
    line('config-epoch', partition, digits(epoch)) +
    line('leader-epoch', partition, digits(epoch)) +
    view.replicas.reduce((sum, { address }) => sum + line('known-replica', partition, address.length), 0) +
    view.otherSentinels * line('known-sentinel', partition, peers, RUN_ID)
  );
}

/**
 * Bytes that each change makes a sentinel of the group write: it writes its whole sentinel.conf again and syncs it. Nobody reads the file: it is
 * added up line by line from the names that the sentinel with most of them tells, with passwords of our usual length. Within a twentieth of a real
 * file (test/api/views-real-farm.test.ts).
 */
export function rewriteBytes(group: SentinelGroup, sentinels: readonly SentinelView[]): number {
  let names: readonly NameView[] = [];
  for (const sentinel of sentinels)
    if (sentinel.state === 'up' && sentinel.names.length > names.length) names = sentinel.names;
  const hosts = sentinels.map(({ address }) => splitAddress(address).host.length);
  const host = hosts.reduce((sum, length) => sum + length, 0) / Math.max(1, hosts.length);
  const peer = host + 1 + digits(group.port);
  return Math.round(names.reduce((sum, view) => sum + linesOf(view, peer), OWN_LINES));
}
