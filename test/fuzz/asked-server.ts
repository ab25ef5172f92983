/** Everybody who talks to pods and sentinels, let loose on one address. */
import { Executor } from '../../src/act/executor.js';
import { proveHello } from '../../src/act/prove-hello.js';
import { followPartition } from '../../src/client/follow-partition.js';
import { SentinelResolver } from '../../src/client/sentinel-resolver.js';
import { LOCKED } from '../../src/farm/access.js';
import { splitAddress } from '../../src/farm/words.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance, probeSentinel } from '../../src/observe/probe.js';
import { SentinelEvents } from '../../src/observe/sentinel-events.js';
import type { Action } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { InstanceView, SentinelView } from '../../src/world/model.js';

export const COMMAND_MS = 150;
const PARTITION = 'User.id::0';
const OPTIONS = { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000 };
const BOUND = { kind: 'bound', partition: PARTITION, epoch: 9 } as const;

/** One of each kind. */
export function actionsAt(address: string): readonly Action[] {
  const pod = { name: 'p', datacenter: 'a', machine: 'm', address };
  const sentinel = { pod: 's', address, id: 'ab'.repeat(20) };
  const named = { partition: PARTITION, sentinel };
  const applicationUser = 'User.id';
  return [
    { kind: 'claim-pod', pod, expect: LOCKED, claim: BOUND, applicationUser, flush: true, minReplicas: 1 },
    { kind: 'open-pod', pod, claim: BOUND, applicationUser },
    { kind: 'release-pod', pod, expect: BOUND, applicationUser },
    { kind: 'set-min-replicas', pod, claim: BOUND, replicas: 1 },
    { kind: 'follow-master', pod, claim: BOUND, master: '127.0.0.1:1' },
    { kind: 'allow-copy', pod, claim: BOUND, allowed: true },
    { kind: 'fail-over', ...named, from: '127.0.0.1:1' },
    { kind: 'forget-name', ...named, address: '127.0.0.1:1' },
    {
      kind: 'name-partition',
      ...named,
      peers: [sentinel],
      address: '127.0.0.1:1',
      epoch: 9,
      options: OPTIONS,
      replace: false,
    },
    { kind: 'set-options', ...named, options: OPTIONS },
    {
      kind: 'switch-name',
      partition: PARTITION,
      sentinels: [sentinel],
      needed: 1,
      from: '',
      pod,
      claim: BOUND,
      epoch: 9,
      options: OPTIONS,
    },
    {
      kind: 'hand-over',
      partition: PARTITION,
      sentinels: [sentinel],
      needed: 1,
      from: pod,
      fromClaim: BOUND,
      fromGoesOn: false,
      pod,
      expect: { ...BOUND, kind: 'incoming' },
      claim: BOUND,
      applicationUser,
      epoch: 9,
      options: OPTIONS,
    },
  ];
}

export const connectionsOf = (): Connections =>
  new Connections(
    { barn: 'b', sentinel: 's', application: 'a' },
    { connectTimeoutMs: 200, commandTimeoutMs: COMMAND_MS },
  );

export interface Heard {
  readonly instance: InstanceView;
  readonly sentinel: SentinelView;
}

/** As a pass asks it, as pod and as sentinel; a second time too, since what was left over may come as the next answer. */
export async function lookAtServer(address: string): Promise<readonly Heard[]> {
  const connections = connectionsOf();
  const record = { pod: 's', group: 'main-0', datacenter: 'a', machine: 'm', address };
  try {
    const heard: Heard[] = [];
    for (let i = 0; i < 2; i++) {
      const [instance, sentinel] = await Promise.all([
        probeInstance(connections, address),
        probeSentinel(connections, record),
      ]);
      heard.push({ instance, sentinel });
    }
    return heard;
  } finally {
    connections.close();
  }
}

/** Every kind of action, each by itself, and the proof of the hello. */
export async function actOnServer(address: string, actions = actionsAt(address)): Promise<readonly Receipt[]> {
  const connections = connectionsOf();
  try {
    const executor = new Executor(connections, connections.credentials);
    const decisions = actions.map((action) => ({
      reason: 'PartitionUnbound' as const,
      subject: PARTITION,
      detail: '',
      actions: [action],
    }));
    await connections
      .use(address, (redis) => proveHello(redis, { address, id: 'ab'.repeat(20) }, 1))
      .catch(() => undefined);
    return await executor.run(decisions);
  } finally {
    connections.close();
  }
}

/** Barn's subscription and an application's client: what they end with is their own errors, in time. */
export async function followServer(address: string): Promise<readonly unknown[]> {
  const at = splitAddress(address);
  const events = new SentinelEvents({ barn: 'b' }, () => undefined);
  const resolver = new SentinelResolver({ sentinels: [at], password: 'a', pollMs: 50 });
  const partition = followPartition(resolver, PARTITION, {
    username: 'User.id',
    password: 'a',
    connectTimeout: 150,
    socketTimeout: 150,
  });
  partition.on('error', () => undefined);
  try {
    events.listen(new Set([address]));
    const ended = await Promise.allSettled([resolver.resolve(PARTITION, 250), partition.get('key')]);
    return ended.map((one) => (one.status === 'rejected' ? one.reason : one.value));
  } finally {
    partition.disconnect();
    events.close();
    resolver.close();
  }
}
