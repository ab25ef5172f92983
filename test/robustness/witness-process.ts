// The witness: asks every pod whose it is and every sentinel where the partitions are, all the time, past every cut. What it sees while files
// are open is written to them as spans in which there was no doubt.
import { join } from 'node:path';
import { RESERVED_USER_NAMES } from '../../src/farm/access.js';
import { Connections, type Credentials } from '../../src/observe/connections.js';
import { answering } from './answering.js';
import { now, wait } from './clock.js';
import type { NameSpan, PodSpan } from './history.js';
import { LineFile } from './line-file.js';

const EVERY_MS = 100;
/** two looks further apart say nothing of the time between them: who was asked hung, ms */
const APART_MS = 600;

type Times = 'from' | 'to';
type PodState = Omit<PodSpan, Times>;
type NameState = Omit<NameSpan, Times>;

/** Equal answers in a row become one span. */
class Spans<T extends object> {
  readonly #open = new Map<string, { readonly text: string; readonly state: T; readonly from: number; to: number }>();

  constructor(readonly emit: (span: T & { readonly from: number; readonly to: number }) => void) {}

  /** @param asked when it was asked; it is answered now */
  saw(subject: string, state: T, asked: number): void {
    const text = JSON.stringify(state);
    const last = this.#open.get(subject);
    if (last?.text === text && asked - last.to < APART_MS) {
      last.to = Math.max(last.to, asked);
      return;
    }
    this.lost(subject);
    const from = now();
    this.#open.set(subject, { text, state, from, to: from });
  }

  /** It did not answer, or knows nothing of this any more. */
  lost(subject: string): void {
    const last = this.#open.get(subject);
    if (last) this.emit({ ...last.state, from: last.from, to: last.to });
    this.#open.delete(subject);
  }

  get subjects(): readonly string[] {
    return [...this.#open.keys()];
  }

  end(): void {
    for (const subject of this.subjects) this.lost(subject);
  }
}

let files: { readonly pods: LineFile; readonly names: LineFile } | undefined;
const pods = new Spans<PodState>((span) => files?.pods.add(span));
const names = new Spans<NameState>((span) => files?.names.add(span));
/** address -> its process, its keys at the last look, and how often they had fallen to half */
const keysOf = new Map<string, { readonly runId: string; readonly keys: number; readonly drops: number }>();

const field = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

function countDrops(address: string, runId: string, keys: number): number {
  const last = keysOf.get(address);
  const same = last?.runId === runId ? last : { runId, keys: 0, drops: 0 };
  const drops = same.drops + (same.keys >= 20 && keys * 2 < same.keys ? 1 : 0);
  keysOf.set(address, { runId, keys, drops });
  return drops;
}

function podState(address: string, acl: readonly string[], info: string): PodState {
  const users = acl.map((line) => line.split(' '));
  const open = users.filter(([, name = '', state]) => state === 'on' && !OURS.has(name)).map(([, name = '']) => name);
  const runId = field(info, 'run_id');
  const calls = (command: string): number => number(info, new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm'));
  return {
    address,
    runId,
    claim: /^user marker .*?~(\S+)/.exec(acl.find((line) => line.startsWith('user marker ')) ?? '')?.[1] ?? '',
    openFor: open.sort(),
    role: field(info, 'role'),
    flushes: calls('flushall') + calls('flushdb'),
    drops: countDrops(address, runId, number(info, /^db0:keys=(\d+)/m)),
  };
}
/** `default` is the application where the farm says so, and off elsewhere. */
const OURS = new Set(RESERVED_USER_NAMES.filter((name) => name !== 'default'));

async function watchPod(connections: Connections, address: string): Promise<void> {
  for (;;) {
    const asked = now();
    try {
      const [acl, info] = await connections.use(address, (redis) =>
        Promise.all([
          redis.call('ACL', 'LIST'),
          redis.call('INFO', 'server', 'replication', 'commandstats', 'keyspace'),
        ]),
      );
      pods.saw(address, podState(address, acl as string[], String(info)), asked);
    } catch {
      pods.lost(address);
    }
    await wait(EVERY_MS);
  }
}

async function watchSentinel(connections: Connections, group: string, sentinel: string): Promise<void> {
  const subject = (partition: string): string => `${sentinel} ${partition}`;
  for (;;) {
    const asked = now();
    let known = new Set<string>();
    try {
      const info = String(await connections.use(sentinel, (redis) => redis.call('INFO', 'sentinel')));
      const lines = [...info.matchAll(/^master\d+:name=([^,]+),status=[^,]*,address=([^,]+),/gm)];
      for (const [, partition = '', address = ''] of lines)
        names.saw(subject(partition), { sentinel, group, partition, address }, asked);
      known = new Set(lines.map(([, partition = '']) => subject(partition)));
    } catch {
      // silence ends what it said
    }
    for (const one of names.subjects) if (one.startsWith(`${sentinel} `) && !known.has(one)) names.lost(one);
    await wait(EVERY_MS);
  }
}

interface Watched {
  readonly credentials: Credentials;
  readonly pods: readonly string[];
  readonly sentinels: readonly { readonly group: string; readonly address: string }[];
}

function open({ credentials, pods: addresses, sentinels }: Watched): void {
  const connections = new Connections(credentials);
  for (const address of addresses) void watchPod(connections, address);
  for (const { group, address } of sentinels) void watchSentinel(connections, group, address);
}

function collect(): void {
  pods.end();
  names.end();
  files?.pods.close();
  files?.names.close();
  files = undefined;
}

function record(folder: string): void {
  collect();
  files = { pods: new LineFile(join(folder, 'pods.jsonl')), names: new LineFile(join(folder, 'names.jsonl')) };
}

answering({ open, record, collect });
