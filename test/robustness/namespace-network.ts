import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { CutHow } from './stage.js';

const run = promisify(execFile);

/** an IPv4 prefix, `127.70.1.0/24` */
export type Prefix = string;

interface Rule {
  readonly from: Prefix;
  readonly to: Prefix;
  readonly what: 'pass' | CutHow;
}

/** Rules of ours have priorities from here on, so that the first one counts; before them what is always lost, behind them the machine's own. */
const FIRST = 100;
const LOCAL = 30_000;
const VOID_TABLE = 200;

/** Of this process: `tools/robustness.mjs` starts the harness in namespaces of its own and says so. */
export const hasNamespaces = (): boolean => process.env.CACHEFARM_ROBUSTNESS_NAMESPACES === '1';

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

export function isIn(ip: string, prefix: Prefix): boolean {
  const [net = '', bits = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(ip) / size) === Math.floor(toNumber(net) / size);
}

/**
 * Routing between the loopback addresses of a network namespace of our own. A packet between two sides that are cut goes to a device without
 * another end: nothing arrives, nobody is told, and connections stay half-open, as on a cut line. What names no source address (the harness
 * itself, its probes) is never cut.
 */
export class NamespaceNetwork {
  #rules: readonly Rule[] = [];

  /** Once in a namespace, before anything else. */
  static prepare(): void {
    const commands = [
      'link set lo up',
      'link add void type veth peer name voidpeer',
      'link set void arp off up',
      'link set voidpeer arp off up',
      `rule add pref ${LOCAL} lookup local`,
      'rule del pref 0',
    ];
    for (const command of commands) execFileSync('ip', command.split(' '));
    // Loopback addresses leave by a real device only where that is allowed.
    execFileSync('sh', ['-c', 'echo 1 >/proc/sys/net/ipv4/conf/void/route_localnet']);
    execFileSync('ip', ['route', 'add', 'default', 'dev', 'void', 'table', String(VOID_TABLE)]);
  }

  /** Whether a packet passes from one ip to another, by the rules. */
  passes(from: string, to: string): boolean {
    return (this.#rules.find((rule) => isIn(from, rule.from) && isIn(to, rule.to))?.what ?? 'pass') === 'pass';
  }

  async add(rules: readonly Rule[]): Promise<void> {
    const lines = rules.map(({ from, to, what }, index) => {
      const then = what === 'pass' ? 'lookup local' : what === 'drop' ? `lookup ${VOID_TABLE}` : 'prohibit';
      return `rule add pref ${FIRST + this.#rules.length + index} from ${from} to ${to} ${then}`;
    });
    this.#rules = [...this.#rules, ...rules];
    await batch(lines);
  }

  async mend(): Promise<void> {
    const lines = this.#rules.map((_, index) => `rule del pref ${FIRST + index}`);
    this.#rules = [];
    await batch(lines);
  }
}

function batch(lines: readonly string[]): Promise<unknown> {
  if (lines.length === 0) return Promise.resolve();
  const done = run('ip', ['-batch', '-']);
  done.child.stdin?.end(`${lines.join('\n')}\n`);
  return done;
}

/** All lines together carry so much. A token bucket takes packets of this size at most. */
const MTU = 1_500;
const FULL_MTU = 65_536;

export async function slowLoopback(rateKbit: number): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'mtu', String(MTU)]);
  const bucket = `tbf rate ${rateKbit}kbit burst 16kb latency 400ms`;
  await run('tc', ['qdisc', 'replace', 'dev', 'lo', 'root', ...bucket.split(' ')]);
}

export async function fullLoopback(): Promise<void> {
  await run('tc', ['qdisc', 'del', 'dev', 'lo', 'root']);
  await run('ip', ['link', 'set', 'lo', 'mtu', String(FULL_MTU)]);
}
